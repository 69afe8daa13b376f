using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    private const int Bins = 60;

    /// <summary>Draws how scores tell the known from the unknown, with the threshold between them.</summary>
    /// <param name="known">Scores of images of the known classes. They may be infinite.</param>
    /// <param name="unknown">Scores of others. They may be infinite.</param>
    /// <param name="threshold">A score at the threshold is kept.</param>
    /// <param name="scoreName">What the score is, with its unit, such as "distance to the nearest prototype".</param>
    /// <param name="unknownIsGreater">True where the unknown score more, as distances do; false where less, as probabilities do.</param>
    /// <param name="title">Above the figure.</param>
    /// <returns>
    /// The figure. Where few scores reach far, the axis ends at the quantiles of 0.5 % and 99.5 %, and the figure says how many lie beyond;
    /// shares are of all scores of their kind.
    /// </returns>
    /// <exception cref="ArgumentException">There are no known or no unknown scores, one is NaN, or none is finite.</exception>
    public static Figure ScoreHistogram(
        IReadOnlyList<double> known,
        IReadOnlyList<double> unknown,
        double threshold,
        string scoreName,
        bool unknownIsGreater = true,
        string title = "Scores of the known and the unknown")
    {
        Check.NotEmpty(known, "known scores");
        Check.NotEmpty(unknown, "unknown scores");
        Check.NotNaN(known);
        Check.NotNaN(unknown);
        Check.NotNaN([threshold], nameof(threshold));

        (double first, double last) = Range(known, unknown, threshold);
        double[] edges = [.. Enumerable.Range(0, Bins + 1).Select(i => first + ((last - first) * i / Bins))];
        double kept = Share(known, threshold, unknownIsGreater);
        double rejected = 1 - Share(unknown, threshold, unknownIsGreater);
        var histogram = new Histogram
        {
            Edges = edges,
            Known = Shares(known, first, last),
            Unknown = Shares(unknown, first, last),
            Threshold = threshold,
            ThresholdLines =
            [
                $"threshold {Number(threshold)}", $"{100 * kept:0.0} % of the known kept", $"{100 * rejected:0.0} % of the unknown rejected",
            ],
            ScoreName = scoreName,
        };

        string seen = $"{100 * kept:0.0} % of {known.Count:N0} known kept and {100 * rejected:0.0} % of {unknown.Count:N0} unknown rejected "
            + $"at the threshold of {Number(threshold)}";
        string? beyond = Beyond(known, unknown, first, last);
        LegendItem[] legend =
        [
            new($"known ({known.Count:N0})", ClassColors.Of(0), Shape: 1), new($"unknown ({unknown.Count:N0})", ClassColors.Of(1), Shape: 1),
        ];
        Picture picture = HistogramPlot.Draw(new Heading(title, beyond, legend), histogram);
        return new Figure(picture, title, beyond is null ? $"{title}: {seen}." : $"{title}: {seen}. {beyond}.");
    }

    private static (double First, double Last) Range(IReadOnlyList<double> known, IReadOnlyList<double> unknown, double threshold)
    {
        double[][] finite =
        [
            .. new[] { known, unknown }
                .Select(scores => scores.Where(double.IsFinite).Order().ToArray())
                .Where(scores => scores.Length > 0),
        ];
        if (finite.Length == 0)
        {
            throw new ArgumentException("No score is finite, so that there is nothing to draw them along.", nameof(known));
        }

        double first = finite.Min(scores => Quantile(scores, 0.005));
        double last = finite.Max(scores => Quantile(scores, 0.995));
        if (double.IsFinite(threshold))
        {
            first = Math.Min(first, threshold);
            last = Math.Max(last, threshold);
        }

        // An axis is cut only where that gains room.
        double least = Math.Min(first, finite.Min(scores => scores[0]));
        double greatest = Math.Max(last, finite.Max(scores => scores[^1]));
        if (greatest - least <= 1.5 * (last - first))
        {
            (first, last) = (least, greatest);
        }

        double margin = last > first ? 0.02 * (last - first) : Math.Max(0.5, 0.01 * Math.Abs(first));
        return (first - margin, last + margin);
    }

    private static double[] Shares(IReadOnlyList<double> scores, double first, double last)
    {
        var shares = new double[Bins];
        foreach (double score in scores)
        {
            if (score >= first && score <= last)
            {
                shares[Math.Min(Bins - 1, (int)((score - first) / (last - first) * Bins))] += 1.0 / scores.Count;
            }
        }

        return shares;
    }

    private static double Share(IReadOnlyList<double> scores, double threshold, bool unknownIsGreater) =>
        (double)scores.Count(score => unknownIsGreater ? score <= threshold : score >= threshold) / scores.Count;

    private static string? Beyond(IReadOnlyList<double> known, IReadOnlyList<double> unknown, double first, double last)
    {
        int hiddenKnown = known.Count(score => score < first || score > last);
        int hiddenUnknown = unknown.Count(score => score < first || score > last);
        if (hiddenKnown + hiddenUnknown == 0)
        {
            return null;
        }

        int infinite = known.Concat(unknown).Count(double.IsInfinity);
        string text = $"Beyond the ends of the axis: {hiddenKnown:N0} known and {hiddenUnknown:N0} unknown";
        return infinite > 0 ? $"{text}, {infinite:N0} of them at infinity" : text;
    }
}
