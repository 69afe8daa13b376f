using System.Numerics.Tensors;
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
        double[][] means = rows.Known.Means();
        if (Distance == DistanceMetric.Euclidean)
        {
            return DistanceNodes.Nearest(graph, input, "prototypes", [.. means.SelectMany(mean => mean.Select(value => (float)value))], rows.Known.Width);
        }

        float[] directions = [.. means.SelectMany(Unit)];
        string unit = graph.Node("LpNormalization", [input], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("p", 2));
        string cosines = graph.Node("Gemm", [unit, graph.Initializer("prototypes", directions, means.Length, rows.Known.Width)], OnnxAttribute.Int("transB", 1));
        string largest = graph.Node("ReduceMax", [cosines], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        return graph.Node("Sub", [graph.Initializer("one", [1f], 1), largest]);
    }

    private static IEnumerable<float> Unit(double[] mean)
    {
        double norm = TensorPrimitives.Norm<double>(mean);
        return mean.Select(value => (float)(norm > 0 ? value / norm : 0));
    }
}
