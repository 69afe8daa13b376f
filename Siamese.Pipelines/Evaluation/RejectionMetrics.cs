using System.Globalization;
using System.Text;

namespace Siamese.Pipelines.Evaluation;

/// <summary>How well an unknown score tells what is one of the classes (known) from what is none (unknown). Shares, in [0, 1].</summary>
/// <remarks>
/// A row is kept where its score does not exceed a threshold, and rejected where it does. The first five figures look at all thresholds, so
/// that they tell of the score alone; the next three are those of the threshold that was fitted. Rows of one score pass a threshold
/// together, in whatever order they are given. Two results are equal when all their figures and intervals are.
/// </remarks>
public sealed record RejectionMetrics
{
    /// <summary>Gets the area under the ROC curve: how often an unknown row scores above a known one. Greater is better.</summary>
    /// <remarks>
    /// A tie counts half: 0.5 for a score that says nothing, such as one that is equal for all rows. Which of the two counts as positive
    /// makes no difference. Hendrycks and Gimpel, "A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural
    /// Networks" (2017).
    /// </remarks>
    public required double Auroc { get; init; }

    /// <summary>Gets the average precision of finding unknown rows, those of the highest scores first. Greater is better.</summary>
    /// <remarks>
    /// The unknown is the positive class. Σ (Rᵢ − Rᵢ₋₁) Pᵢ over the thresholds, from precision P and recall R at each, with no
    /// interpolation: the average_precision_score of scikit-learn. A score that says nothing has the share of unknown rows.
    /// </remarks>
    public required double AuprUnknown { get; init; }

    /// <summary>Gets the average precision of finding known rows, those of the lowest scores first. Greater is better.</summary>
    /// <remarks>
    /// The known is the positive class, and its score the negated unknown score; otherwise as <see cref="AuprUnknown"/>. A score that says
    /// nothing has the share of known rows.
    /// </remarks>
    public required double AuprKnown { get; init; }

    /// <summary>Gets the share of unknown rows that are kept where 95 % of the known ones are (FPR95). Smaller is better.</summary>
    /// <remarks>
    /// The <i>known</i> is the positive class, as in Liang, Li and Srikant, "Enhancing the Reliability of Out-of-distribution Image
    /// Detection in Neural Networks" (ODIN, 2018): the true positive rate is the share of known rows kept, the false positive rate that of
    /// unknown rows kept. It is read at the lowest of the scores as threshold that keeps at least 95 % of the known rows, with no
    /// interpolation. Some papers take the unknown for the positive class, that is, reject 95 % of the unknown and count the known that is
    /// rejected with it: that is another figure, not to be compared with this one.
    /// </remarks>
    public required double FalsePositiveRateAt95 { get; init; }

    /// <summary>Gets the area under the open-set classification rate curve: null without predictions. Greater is better.</summary>
    /// <remarks>
    /// The curve has, for each threshold, the share of known rows that are kept <i>and</i> put in their class over the share of unknown
    /// rows that are kept: Dhamija, Günther and Boult, "Reducing Network Agnostophobia" (2018); its area as in Vaze et al., "Open-Set
    /// Recognition: A Good Closed-Set Classifier Is All You Need?" (2022). It is how often an unknown row scores above a known row that is
    /// put in its class, among all pairs of an unknown and a known row, so that it exceeds neither <see cref="Auroc"/> nor the accuracy
    /// without rejection.
    /// </remarks>
    public required double? Oscr { get; init; }

    /// <summary>Gets the share of known rows that the fitted threshold keeps: null without rejections. Greater is better.</summary>
    public required double? ShareOfKnownKept { get; init; }

    /// <summary>Gets the share of unknown rows that the fitted threshold rejects: null without rejections. Greater is better.</summary>
    public required double? ShareOfUnknownRejected { get; init; }

    /// <summary>Gets the share put in their class of the known rows that the fitted threshold keeps. Greater is better.</summary>
    /// <value>Null where no rejections or no labels were given, or no known row is kept.</value>
    public required double? AccuracyOfKept { get; init; }

    /// <summary>Gets the number of known rows, at least 1.</summary>
    public required int KnownCount { get; init; }

    /// <summary>Gets the number of unknown rows, at least 1.</summary>
    public required int UnknownCount { get; init; }

    /// <summary>Gets how far the figures may be trusted: null where no bootstrap samples were asked for.</summary>
    public required RejectionIntervals? Intervals { get; init; }

    /// <summary>Says the figures in percent, with their intervals, in one line.</summary>
    /// <returns>
    /// For example <c>AUROC 98.80 % [98.65, 98.94], AUPR unknown 98.71 % [98.52, 98.88], … (10000 known, 10000 unknown)</c>; figures that
    /// are null are left out.
    /// </returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        Append("AUROC", Auroc, Intervals?.Auroc);
        Append("AUPR unknown", AuprUnknown, Intervals?.AuprUnknown);
        Append("AUPR known", AuprKnown, Intervals?.AuprKnown);
        Append("FPR at 95 % TPR", FalsePositiveRateAt95, Intervals?.FalsePositiveRateAt95);
        Append("OSCR", Oscr, Intervals?.Oscr);
        Append("known kept", ShareOfKnownKept, Intervals?.ShareOfKnownKept);
        Append("unknown rejected", ShareOfUnknownRejected, Intervals?.ShareOfUnknownRejected);
        Append("accuracy of kept", AccuracyOfKept, Intervals?.AccuracyOfKept);
        return text.Append(CultureInfo.InvariantCulture, $" ({KnownCount} known, {UnknownCount} unknown)").ToString();

        void Append(string name, double? figure, ConfidenceInterval? interval)
        {
            if (figure is not null)
            {
                text.Append(CultureInfo.InvariantCulture, $"{(text.Length == 0 ? "" : ", ")}{name} {100 * figure:F2} %");
            }

            if (interval is { } ends)
            {
                text.Append(CultureInfo.InvariantCulture, $" [{100 * ends.Lower:F2}, {100 * ends.Upper:F2}]");
            }
        }
    }
}
