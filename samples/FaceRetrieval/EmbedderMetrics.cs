namespace Siamese.Samples.FaceRetrieval;

/// <summary>What was measured of an embedder; what a command does not measure is null.</summary>
internal sealed record EmbedderMetrics(string Name, string Network, int Dimension, string Distance)
{
    /// <summary>Gets the share of faces whose nearest other is of their person.</summary>
    public double? PrecisionAt1 { get; init; }

    /// <summary>Gets the mean share of the person among the k nearest others.</summary>
    public IReadOnlyList<PrecisionAt>? PrecisionAtK { get; init; }

    public double? RPrecision { get; init; }

    public double? MeanAveragePrecisionAtR { get; init; }

    /// <summary>Gets the faces of val or test against those of train, where the folder has both.</summary>
    public HeldOutFigures? HeldOut { get; init; }

    /// <summary>Gets the agreement of Ward's clusters, as many as people, with the people.</summary>
    public double? AdjustedRand { get; init; }

    public double? Nmi { get; init; }

    public VerificationFigures? Verification { get; init; }

    /// <summary>Gets what a photograph took, of one thread; null where all were in the gallery already.</summary>
    public StepMilliseconds? MillisecondsPerImage { get; init; }

    public static EmbedderMetrics Of(Embedder embedder) =>
        new(embedder.Name, embedder.Model.Network.Name, embedder.Model.Dimension, embedder.Model.Distance.ToString());
}
