namespace Siamese.Pipelines.Evaluation;

/// <summary>Measures how well an unknown score, larger for the more unknown, tells rows of the classes from rows of none.</summary>
/// <remarks>
/// Scores are sorted once; rows of one score are never told apart. Intervals come from bootstrap samples, each of which counts how often it
/// drew the rows of each score: 10,000 known and as many unknown rows with 1,000 samples take well under a second. The same seed gives the
/// same intervals for every number of threads, and on every machine.
/// </remarks>
public static partial class RejectionEvaluator
{
    /// <summary>Measures rejection from scores and, where there are, from what was predicted and rejected.</summary>
    /// <param name="knownScores">The unknown scores of the N known rows; ±∞ is allowed.</param>
    /// <param name="unknownScores">The unknown scores of the M unknown rows; ±∞ is allowed.</param>
    /// <param name="knownCorrect">
    /// Whether the closed-set prediction for each of the N known rows, that is, the one before any rejection, is its class; empty where
    /// that is not known, which leaves out the open-set classification rate and the accuracy.
    /// </param>
    /// <param name="knownRejected">
    /// Whether the fitted threshold rejects each of the N known rows; empty leaves out the figures at the threshold.
    /// </param>
    /// <param name="unknownRejected">The same for each of the M unknown rows; empty where <paramref name="knownRejected"/> is.</param>
    /// <param name="options">The intervals and the means; the defaults when null.</param>
    /// <returns>The figures, with their intervals.</returns>
    /// <exception cref="ArgumentException">
    /// There are no scores of one kind, one is NaN, both share memory, or what belongs to the rows has another length.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RejectionMetrics Evaluate(
        ReadOnlySpan<float> knownScores,
        ReadOnlySpan<float> unknownScores,
        ReadOnlySpan<bool> knownCorrect = default,
        ReadOnlySpan<bool> knownRejected = default,
        ReadOnlySpan<bool> unknownRejected = default,
        RejectionEvaluationOptions? options = null)
    {
        var ranks = new ScoreRanks(knownScores, unknownScores, nameof(knownScores), nameof(unknownScores));
        CheckRows(knownCorrect.Length, knownScores.Length, "known", nameof(knownCorrect));
        CheckRows(knownRejected.Length, knownScores.Length, "known", nameof(knownRejected));
        CheckRows(unknownRejected.Length, unknownScores.Length, "unknown", nameof(unknownRejected));
        if (knownRejected.IsEmpty != unknownRejected.IsEmpty)
        {
            string missing = knownRejected.IsEmpty ? nameof(knownRejected) : nameof(unknownRejected);
            throw new ArgumentException($"{missing} is empty, but its counterpart is not. Give both, or neither.", missing);
        }

        return Evaluate(
            new RejectionRows(
                ranks,
                knownCorrect.IsEmpty ? null : knownCorrect.ToArray(),
                knownRejected.IsEmpty ? null : knownRejected.ToArray(),
                unknownRejected.IsEmpty ? null : unknownRejected.ToArray()),
            options ?? new RejectionEvaluationOptions());
    }

    /// <summary>Measures, label by label, how well unknown rows are told from all known rows: which unknowns pass unnoticed.</summary>
    /// <param name="knownScores">The unknown scores of the N known rows; ±∞ is allowed.</param>
    /// <param name="unknownScores">The unknown scores of the M unknown rows; ±∞ is allowed.</param>
    /// <param name="unknownLabels">What each of the M unknown rows is: any texts.</param>
    /// <param name="unknownRejected">Whether the fitted threshold rejects each of the M unknown rows; empty where nobody knows.</param>
    /// <returns>The figures of each label, in the order in which the labels first occur.</returns>
    /// <exception cref="ArgumentException">
    /// There are no scores of one kind, one is NaN, both share memory, or what belongs to the rows has another length.
    /// </exception>
    public static IReadOnlyList<UnknownLabelMetrics> ByLabel(
        ReadOnlySpan<float> knownScores,
        ReadOnlySpan<float> unknownScores,
        ReadOnlySpan<string> unknownLabels,
        ReadOnlySpan<bool> unknownRejected = default)
    {
        var ranks = new ScoreRanks(knownScores, unknownScores, nameof(knownScores), nameof(unknownScores));
        if (unknownLabels.Length != unknownScores.Length)
        {
            throw new ArgumentException(
                $"There are {unknownLabels.Length} labels, but {unknownScores.Length} unknown rows. Give one label a row.",
                nameof(unknownLabels));
        }

        CheckRows(unknownRejected.Length, unknownScores.Length, "unknown", nameof(unknownRejected));

        // Twice the known rows that score below each rank: those of the same score are half below.
        var twiceBelow = new long[ranks.Scores.Length];
        foreach (int rank in ranks.Known)
        {
            twiceBelow[rank]++;
        }

        long below = 0;
        for (int rank = 0; rank < twiceBelow.Length; rank++)
        {
            long here = twiceBelow[rank];
            twiceBelow[rank] = (2 * below) + here;
            below += here;
        }

        var numbers = new Dictionary<string, int>();
        var labels = new List<(string Label, int Count, long TwicePairs, int Rejected)>();
        for (int row = 0; row < unknownLabels.Length; row++)
        {
            if (unknownLabels[row] is null)
            {
                throw new ArgumentException($"The label of row {row} is null. Give each row a text, or leave it out.", nameof(unknownLabels));
            }

            if (!numbers.TryGetValue(unknownLabels[row], out int number))
            {
                number = labels.Count;
                numbers.Add(unknownLabels[row], number);
                labels.Add((unknownLabels[row], 0, 0, 0));
            }

            (string label, int count, long twicePairs, int rejected) = labels[number];
            bool isRejected = !unknownRejected.IsEmpty && unknownRejected[row];
            labels[number] = (label, count + 1, twicePairs + twiceBelow[ranks.Unknown[row]], rejected + (isRejected ? 1 : 0));
        }

        bool hasRejected = !unknownRejected.IsEmpty;
        return labels.ConvertAll(label => new UnknownLabelMetrics
        {
            Label = label.Label,
            Count = label.Count,
            Auroc = label.TwicePairs / (2.0 * ranks.Known.Length * label.Count),
            ShareRejected = hasRejected ? (double)label.Rejected / label.Count : null,
        });
    }

    private static void CheckRows(int values, int rows, string kind, string name)
    {
        if (values != 0 && values != rows)
        {
            throw new ArgumentException($"{name} has {values} values, but there are {rows} {kind} rows. Give one a row, or none.", name);
        }
    }

    private static RejectionMetrics Evaluate(RejectionRows rows, RejectionEvaluationOptions options)
    {
        var all = new RejectionTally(rows);
        all.TakeAll();
        RejectionFigures figures = all.Figures();
        return new RejectionMetrics
        {
            Auroc = figures.Auroc,
            AuprUnknown = figures.AuprUnknown,
            AuprKnown = figures.AuprKnown,
            FalsePositiveRateAt95 = figures.FalsePositiveRateAt95,
            Oscr = OrNull(figures.Oscr),
            ShareOfKnownKept = OrNull(figures.ShareOfKnownKept),
            ShareOfUnknownRejected = OrNull(figures.ShareOfUnknownRejected),
            AccuracyOfKept = OrNull(figures.AccuracyOfKept),
            KnownCount = rows.Ranks.Known.Length,
            UnknownCount = rows.Ranks.Unknown.Length,
            Intervals = options.BootstrapSamples == 0 ? null : Intervals(Resample(rows, options), options.Confidence),
        };

        static double? OrNull(double figure) => double.IsNaN(figure) ? null : figure;
    }

    private static RejectionFigures[] Resample(RejectionRows rows, RejectionEvaluationOptions options)
    {
        var samples = new RejectionFigures[options.BootstrapSamples];
        Parallel.For(
            0,
            samples.Length,
            new ParallelOptions { MaxDegreeOfParallelism = options.MaxDegreeOfParallelism, CancellationToken = options.CancellationToken },
            () => new RejectionTally(rows),
            (sample, _, tally) =>
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                tally.Draw(new SplitMix64(options.Seed, sample));
                samples[sample] = tally.Figures();
                return tally;
            },
            _ => { });
        return samples;
    }

    private static RejectionIntervals Intervals(RejectionFigures[] samples, double confidence)
    {
        return new RejectionIntervals
        {
            Auroc = Interval(sample => sample.Auroc)!.Value,
            AuprUnknown = Interval(sample => sample.AuprUnknown)!.Value,
            AuprKnown = Interval(sample => sample.AuprKnown)!.Value,
            FalsePositiveRateAt95 = Interval(sample => sample.FalsePositiveRateAt95)!.Value,
            Oscr = Interval(sample => sample.Oscr),
            ShareOfKnownKept = Interval(sample => sample.ShareOfKnownKept),
            ShareOfUnknownRejected = Interval(sample => sample.ShareOfUnknownRejected),
            AccuracyOfKept = Interval(sample => sample.AccuracyOfKept),
        };

        ConfidenceInterval? Interval(Func<RejectionFigures, double> figure)
        {
            double[] sorted = [.. samples.Select(figure).Where(value => !double.IsNaN(value)).Order()];
            return sorted.Length == 0
                ? null
                : new ConfidenceInterval(Quantile(sorted, (1 - confidence) / 2), Quantile(sorted, (1 + confidence) / 2));
        }

        static double Quantile(double[] sorted, double share)
        {
            double at = share * (sorted.Length - 1);
            int below = (int)at;
            int above = Math.Min(below + 1, sorted.Length - 1);
            return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
        }
    }
}
