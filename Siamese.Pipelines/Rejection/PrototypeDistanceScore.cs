using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

/// <summary>The distance to the nearest prototype, the mean of the features of a class: at least 0.</summary>
/// <remarks>Snell, Swersky and Zemel, Prototypical Networks for Few-shot Learning, 2017.</remarks>
public sealed record PrototypeDistanceScore : UnknownScore
{
    /// <summary>Gets the distance.</summary>
    /// <value>The default is <see cref="DistanceMetric.Euclidean"/>.</value>
    public DistanceMetric Distance { get; init; } = DistanceMetric.Euclidean;

    /// <inheritdoc/>
    public override string Name => "prototype-distance";

    internal override ScoreInput Input => ScoreInput.Features;

    internal override bool LearnsFromRows => true;

    internal override bool NeedsLabels => true;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        double[] means = [.. rows.Known.Means().SelectMany(mean => mean)];
        string features = DistanceNodes.ToDouble(graph, input, "rows");
        if (Distance == DistanceMetric.Euclidean)
        {
            return DistanceNodes.ToNearest(graph, features, "prototypes", means, rows.Known.Width);
        }

        // The squared distance of two directions is twice 1 − their cosine.
        double[] directions = DirectionNodes.OfPoints(means, rows.Known.Width);
        string distance = DistanceNodes.ToNearest(
            graph, DirectionNodes.OfRows(graph, features), "prototypes", directions, DirectionNodes.Width(rows.Known.Width));
        return graph.Node("Mul", [graph.Node("Mul", [distance, distance]), graph.Initializer("half_of_square", [0.5f], 1)]);
    }
}
