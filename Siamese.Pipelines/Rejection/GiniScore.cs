using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>The Gini coefficient of the class probabilities: how unequally they are shared out.</summary>
/// <remarks>
/// G = Σᵢ Σⱼ |pᵢ − pⱼ| / (2 C Σ p), in [0, 1 − 1/C]: 0 where all C classes are equally probable, 1 − 1/C where one has all. The score is 1 − G
/// where less peaked is unknown, and G where more peaked is. Gini, Variabilità e mutabilità, 1912.
/// </remarks>
public sealed record GiniScore : UnknownScore
{
    /// <summary>Gets which coefficients are taken for unknown.</summary>
    /// <value>The default is <see cref="GiniDirection.LessPeaked"/>.</value>
    public GiniDirection Direction { get; init; } = GiniDirection.LessPeaked;

    /// <inheritdoc/>
    public override string Name => Direction == GiniDirection.LessPeaked ? "gini" : "gini-more-peaked";

    internal override ScoreInput Input => ScoreInput.Probabilities;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        // Sorted from the largest, p₁ ≥ … ≥ p_C, the double sum is 2 Σᵢ (C + 1 − 2 i) pᵢ.
        int classes = rows.Known.Width;
        IReadOnlyList<string> sorted = graph.Nodes(
            "sorted", "TopK", [input, graph.Initializer("class_count", [(long)classes], 1)], 2, OnnxAttribute.Int("axis", 1));
        float[] ranks = [.. Enumerable.Range(1, classes).Select(rank => (classes + 1f - (2 * rank)) / classes)];
        string spread = graph.Node("MatMul", [sorted[0], graph.Initializer("ranks", ranks, classes, 1)]);
        string total = graph.Node("ReduceSum", [input, graph.Initializer("class_axis", [1L], 1)], OnnxAttribute.Int("keepdims", 1));
        string coefficient = graph.Node("gini", "Div", [spread, total]);
        return Direction == GiniDirection.MorePeaked
            ? coefficient
            : graph.Node("Sub", [graph.Initializer("one", [1f], 1), coefficient]);
    }
}
