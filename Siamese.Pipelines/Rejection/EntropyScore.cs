using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>The entropy of the class probabilities in nats, −Σ p ln p, in [0, ln C]: 0 where one class has all.</summary>
/// <remarks>Shannon, A Mathematical Theory of Communication, 1948.</remarks>
public sealed record EntropyScore : UnknownScore
{
    /// <inheritdoc/>
    public override string Name => "entropy";

    internal override ScoreInput Input => ScoreInput.Probabilities;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        // A probability of 0 counts for nothing; its logarithm would make it NaN.
        string positive = graph.Node("Max", [input, graph.Initializer("smallest", [1e-37f], 1)]);
        string terms = graph.Node("Mul", [input, graph.Node("Log", [positive])]);
        string sum = graph.Node("ReduceSum", [terms, graph.Initializer("class_axis", [1L], 1)], OnnxAttribute.Int("keepdims", 1));
        return graph.Node("Neg", [sum]);
    }
}
