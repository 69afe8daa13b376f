using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>How little a row looks like the rows that were learned from: larger is more unknown, whatever the score.</summary>
/// <remarks>
/// Three scores read the probabilities of a classifier: <see cref="GiniScore"/>, <see cref="MaximumProbabilityScore"/> and
/// <see cref="EntropyScore"/>. A classifier may be sure of what it has never seen, so the scores that read the features themselves
/// reject better as a rule: <see cref="PrototypeDistanceScore"/>, <see cref="NeighborDistanceScore"/>, <see cref="MahalanobisScore"/> and
/// <see cref="EnergyScore"/>. They serve on embeddings of length 1, on raw ones, and best on the hidden layer of a network
/// (<see cref="Embeddings.EmbedImagesOptions.HiddenColumnName"/>).
/// </remarks>
public abstract record UnknownScore
{
    private protected UnknownScore()
    {
    }

    /// <summary>Gets the Gini coefficient of the probabilities, taking less peaked ones for unknown.</summary>
    public static UnknownScore Gini => new GiniScore();

    /// <summary>Gets 1 − the largest probability.</summary>
    public static UnknownScore MaximumProbability => new MaximumProbabilityScore();

    /// <summary>Gets the entropy of the probabilities.</summary>
    public static UnknownScore Entropy => new EntropyScore();

    /// <summary>Gets the energy of a linear classifier of the features.</summary>
    public static UnknownScore Energy => new EnergyScore();

    /// <summary>Gets the distance to the nearest class mean.</summary>
    public static UnknownScore PrototypeDistance => new PrototypeDistanceScore();

    /// <summary>Gets the distance to the fifth nearest of the rows that were learned from, in whitened features.</summary>
    public static UnknownScore NeighborDistance => new NeighborDistanceScore();

    /// <summary>Gets the Mahalanobis distance to the nearest class mean.</summary>
    public static UnknownScore Mahalanobis => new MahalanobisScore();

    /// <summary>Gets the score's name, as it stands in the metadata.</summary>
    public abstract string Name { get; }

    internal abstract ScoreInput Input { get; }

    /// <summary>Gets whether the score is fitted on rows, so that rows to calibrate it must be others.</summary>
    internal virtual bool LearnsFromRows => false;

    /// <summary>Gets whether the rows that it is fitted on need labels.</summary>
    internal virtual bool NeedsLabels => false;

    /// <summary>Gets whether the score learns from examples of the unknown, so that rows to place a threshold by must be others.</summary>
    internal virtual bool LearnsFromOutliers => false;

    /// <summary>Fits the score and writes it into a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The value (N, width) that <see cref="Input"/> names.</param>
    /// <param name="rows">What it is fitted on.</param>
    /// <returns>The value (N, 1).</returns>
    internal abstract string Write(OnnxGraphBuilder graph, string input, ScoreRows rows);
}
