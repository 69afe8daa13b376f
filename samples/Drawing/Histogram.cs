namespace Siamese.Samples.Drawing;

/// <summary>Two sets of scores by bin, and the threshold between them.</summary>
public sealed record Histogram
{
    /// <summary>Gets the N + 1 edges of the bins, ascending.</summary>
    public required double[] Edges { get; init; }

    /// <summary>Gets the N shares of the known scores, in [0, 1].</summary>
    public required double[] Known { get; init; }

    /// <summary>Gets the N shares of the unknown scores, in [0, 1].</summary>
    public required double[] Unknown { get; init; }

    /// <summary>Gets the threshold. A line stands there where it is between the edges.</summary>
    public required double Threshold { get; init; }

    /// <summary>Gets the lines beside the threshold.</summary>
    public required IReadOnlyList<string> ThresholdLines { get; init; }

    /// <summary>Gets the name of the score, with its unit.</summary>
    public required string ScoreName { get; init; }
}
