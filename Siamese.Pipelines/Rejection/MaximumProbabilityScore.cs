using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>1 − the largest class probability, in [0, 1 − 1/C].</summary>
/// <remarks>Hendrycks and Gimpel, A Baseline for Detecting Misclassified and Out-of-Distribution Examples in Neural Networks, 2017.</remarks>
public sealed record MaximumProbabilityScore : UnknownScore
{
    /// <inheritdoc/>
    public override string Name => "maximum-probability";

    internal override ScoreInput Input => ScoreInput.Probabilities;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        string largest = graph.Node("ReduceMax", [input], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        return graph.Node("Sub", [graph.Initializer("one", [1f], 1), largest]);
    }
}
