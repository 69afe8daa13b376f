using Microsoft.ML;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Rejection;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Fits every score, and measures it on every set of unknown pictures.</summary>
/// <param name="Metrics">The figures.</param>
/// <param name="Chosen">The rejection that was asked for, which the caller disposes.</param>
/// <param name="ChosenName">Its name.</param>
/// <param name="Known">The test images, scored by it.</param>
/// <param name="Unknown">The sets, scored by it.</param>
/// <param name="Scores">By score and by set, the scores of the known and of the unknown.</param>
/// <param name="Sets">The sets, classified.</param>
internal sealed record RejectionStudy(
    IReadOnlyList<RejectionMetric> Metrics,
    RejectUnknownTransformer Chosen,
    string ChosenName,
    ScoredRows Known,
    IReadOnlyList<ScoredRows> Unknown,
    IReadOnlyList<ScoredPair> Scores,
    IReadOnlyList<(UnknownData Data, IDataView Rows)> Sets)
{
    /// <summary>Runs the study.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="settings">Which score is asked for, and the false rejection rate.</param>
    /// <param name="learned">Classified rows that network and classifier learned from.</param>
    /// <param name="held">Classified rows that they did not.</param>
    /// <param name="test">Classified test images.</param>
    /// <param name="unknown">The sets, classified.</param>
    /// <param name="exposed">Examples of the unknown to learn from, classified; null where there are none.</param>
    /// <param name="cancellation">Ends the study.</param>
    public static RejectionStudy Run(
        MLContext ml,
        TrainSettings settings,
        IDataView learned,
        IDataView held,
        IDataView test,
        IReadOnlyList<(UnknownData Data, IDataView Rows)> unknown,
        IDataView? exposed,
        CancellationToken cancellation)
    {
        var metrics = new List<RejectionMetric>();
        var pairs = new List<ScoredPair>();
        (RejectUnknownTransformer Rejecter, ScoredRows Known, IReadOnlyList<ScoredRows> Unknown)? chosen = null;
        foreach (ScoreChoice choice in ScoreChoice.All.Where(choice => !choice.IsExposed || exposed is not null))
        {
            cancellation.ThrowIfCancellationRequested();
            RejectUnknownTransformer rejecter;
            try
            {
                RejectUnknownEstimator estimator = choice.Estimator(ml, settings.FalseRejection);
                rejecter = choice.IsExposed ? estimator.Fit(learned, held, exposed) : estimator.Fit(learned, held);
            }
            catch (ArgumentException exception) when (choice.Name != settings.Reject)
            {
                // A score that fails on these data, such as one that gives every row the same, leaves the others as they are.
                AnsiConsole.MarkupLineInterpolated($"[yellow]{choice.Name} is left out:[/] {exception.Message}");
                continue;
            }

            ScoredRows known = ScoredRows.Read("test images", rejecter.Transform(test), labelled: true);
            var scored = new List<ScoredRows>();
            foreach ((UnknownData data, IDataView rows) in unknown)
            {
                cancellation.ThrowIfCancellationRequested();
                ScoredRows set = ScoredRows.Read(data.Name, rejecter.Transform(rows), labelled: false);
                scored.Add(set);
                metrics.AddRange(Measure(choice, rejecter, known, set, data, cancellation));
                pairs.Add(new ScoredPair(choice.Name, data.Name, known.Scores, set.Scores));
            }

            if (choice.Name == settings.Reject)
            {
                chosen = (rejecter, known, scored);
            }
            else
            {
                rejecter.Dispose();
            }
        }

        return chosen is var (fitted, knownRows, unknownRows)
            ? new RejectionStudy(metrics, fitted, settings.Reject, knownRows, unknownRows, pairs, unknown)
            : throw new InvalidOperationException($"There is no score '{settings.Reject}'.");
    }

    private static IEnumerable<RejectionMetric> Measure(
        ScoreChoice choice, RejectUnknownTransformer rejecter, ScoredRows known, ScoredRows unknown, UnknownData data, CancellationToken cancellation)
    {
        yield return Measure(choice, rejecter, known, unknown, data.Name, data, _ => true, cancellation);
        if (data.LookAlikes.Count > 0)
        {
            string marks = string.Join(' ', data.LookAlikes.Order(StringComparer.Ordinal));
            yield return Measure(choice, rejecter, known, unknown, $"{data.Name} without {marks}", data, label => !data.LookAlikes.Contains(label), cancellation);
            yield return Measure(choice, rejecter, known, unknown, $"{data.Name}, only {marks}", data, data.LookAlikes.Contains, cancellation);
        }
    }

    private static RejectionMetric Measure(
        ScoreChoice choice,
        RejectUnknownTransformer rejecter,
        ScoredRows known,
        ScoredRows unknown,
        string name,
        UnknownData data,
        Func<string, bool> counts,
        CancellationToken cancellation)
    {
        int[] rows = [.. Enumerable.Range(0, unknown.Scores.Length).Where(row => counts(data.Labels[row]))];
        float[] scores = [.. rows.Select(row => unknown.Scores[row])];
        bool[] rejected = [.. rows.Select(row => unknown.IsUnknown[row])];
        RejectionMetrics found = RejectionEvaluator.Evaluate(
            known.Scores, scores, known.IsRight, known.IsUnknown, rejected, new RejectionEvaluationOptions { CancellationToken = cancellation });
        return new RejectionMetric(
            name,
            choice.Name,
            rejecter.Calibration.Thresholds[0],
            found.Auroc,
            found.AuprUnknown,
            found.AuprKnown,
            found.FalsePositiveRateAt95,
            found.Oscr,
            found.ShareOfKnownKept,
            found.ShareOfUnknownRejected,
            found.AccuracyOfKept,
            Bounds(found.Intervals?.ShareOfKnownKept),
            Bounds(found.Intervals?.Auroc),
            data.IsLabelled
                ? [.. RejectionEvaluator.ByLabel(known.Scores, scores, [.. rows.Select(row => data.Labels[row])], rejected)
                    .Select(label => new LabelRejection(label.Label, label.Count, label.Auroc, label.ShareRejected))]
                : null);
    }

    private static double[]? Bounds(ConfidenceInterval? interval) => interval is { } bounds ? [bounds.Lower, bounds.Upper] : null;
}
