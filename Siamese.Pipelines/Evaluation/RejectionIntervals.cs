namespace Siamese.Pipelines.Evaluation;

/// <summary>The intervals of the figures of <see cref="RejectionMetrics"/>, by the percentile bootstrap.</summary>
/// <remarks>
/// Each sample draws as many known rows as there are, with replacement, and apart from them as many unknown ones; an interval spans the
/// middle of what the samples gave (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13), interpolated linearly
/// between two of them. It says what other rows of the same kind would have given, and not what another network, another training run or
/// another kind of unknown would have. Rows that depend on one another, such as frames of one film, make it too narrow.
/// </remarks>
public sealed record RejectionIntervals
{
    /// <summary>Gets the interval of <see cref="RejectionMetrics.Auroc"/>.</summary>
    public required ConfidenceInterval Auroc { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.AuprUnknown"/>.</summary>
    public required ConfidenceInterval AuprUnknown { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.AuprKnown"/>.</summary>
    public required ConfidenceInterval AuprKnown { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.FalsePositiveRateAt95"/>.</summary>
    /// <remarks>Each sample keeps 95 % of its own known rows, so that the spread of that threshold is in it.</remarks>
    public required ConfidenceInterval FalsePositiveRateAt95 { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.Oscr"/>: null where that is.</summary>
    public required ConfidenceInterval? Oscr { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.ShareOfKnownKept"/>: null where that is.</summary>
    public required ConfidenceInterval? ShareOfKnownKept { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.ShareOfUnknownRejected"/>: null where that is.</summary>
    public required ConfidenceInterval? ShareOfUnknownRejected { get; init; }

    /// <summary>Gets the interval of <see cref="RejectionMetrics.AccuracyOfKept"/>: null where that is.</summary>
    /// <remarks>Samples that happen to keep no known row say nothing of it, and are left out.</remarks>
    public required ConfidenceInterval? AccuracyOfKept { get; init; }
}
