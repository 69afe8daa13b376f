namespace Siamese.Pipelines.Evaluation;

/// <summary>How well the unknown rows of one label are told from all known rows.</summary>
public sealed record UnknownLabelMetrics
{
    /// <summary>Gets the label, as text.</summary>
    public required string Label { get; init; }

    /// <summary>Gets the number of unknown rows of the label, at least 1.</summary>
    public required int Count { get; init; }

    /// <summary>Gets how often a row of the label scores above a known row, a tie counting half. In [0, 1]; greater is better.</summary>
    public required double Auroc { get; init; }

    /// <summary>Gets the share of the label's rows that the fitted threshold rejects: null without rejections. Greater is better.</summary>
    public required double? ShareRejected { get; init; }
}
