using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

/// <summary>The Mahalanobis distance to the nearest class mean, under the covariance that all classes share: at least 0.</summary>
/// <remarks>Lee et al., A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks, 2018.</remarks>
public sealed record MahalanobisScore : UnknownScore
{
    /// <summary>Gets the weight of a sphere of the same trace in the covariance.</summary>
    /// <value>
    /// In [0, 1]. The default, null, takes the one of least expected error: Ledoit and Wolf, A Well-conditioned Estimator for
    /// Large-dimensional Covariance Matrices, 2004.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public double? Shrinkage { get; init => field = value is { } weight ? Guard.InRange(weight, 0.0, 1.0) : null; }

    /// <inheritdoc/>
    public override string Name => "mahalanobis";

    internal override ScoreInput Input => ScoreInput.Features;

    internal override bool LearnsFromRows => true;

    internal override bool NeedsLabels => true;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        var whitening = Whitening.Fit(rows.Known, Shrinkage);
        double[] means = [.. rows.Known.Means().SelectMany(mean => mean)];
        return DistanceNodes.ToNearest(graph, whitening.Write(graph, input), "means", whitening.Apply(means), rows.Known.Width);
    }
}
