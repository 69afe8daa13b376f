namespace Siamese.Pipelines.Evaluation;

/// <summary>Known and unknown rows by the rank of their score, with what became of each.</summary>
internal sealed class RejectionRows(ScoreRanks ranks, bool[]? knownCorrect, bool[]? knownRejected, bool[]? unknownRejected)
{
    public ScoreRanks Ranks { get; } = ranks;

    public bool HasCorrect { get; } = knownCorrect is not null;

    public bool HasRejected { get; } = knownRejected is not null;

    public bool[] KnownCorrect { get; } = knownCorrect ?? new bool[ranks.Known.Length];

    public bool[] KnownRejected { get; } = knownRejected ?? new bool[ranks.Known.Length];

    public bool[] UnknownRejected { get; } = unknownRejected ?? new bool[ranks.Unknown.Length];
}
