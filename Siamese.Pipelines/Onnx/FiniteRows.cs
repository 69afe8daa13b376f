namespace Siamese.Pipelines.Onnx;

/// <summary>Keeps rows that hold NaN or an infinity out of a graph's arithmetic: they are scored as zeros, and marked.</summary>
/// <param name="Values">The rows (N, D), zeros in the place of those that are not finite.</param>
/// <param name="AreFinite">Whether each row is finite (N, 1).</param>
internal sealed record FiniteRows(string Values, string AreFinite)
{
    /// <summary>Writes the check into a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The rows (N, D), float32.</param>
    public static FiniteRows Write(OnnxGraphBuilder graph, string input)
    {
        string zero = graph.Initializer("finite.zero", [0f], 1);

        // Zero times a finite number is zero; times NaN or an infinity it is NaN, and so is a sum with that in it.
        string products = graph.Node("finite.products", "Mul", [input, zero]);
        string sums = graph.Node("finite.sums", "ReduceSum", [products, graph.Initializer("finite.axis", [1L], 1)], OnnxAttribute.Int("keepdims", 1));
        string areFinite = graph.Node("finite", "Equal", [sums, zero]);
        return new FiniteRows(graph.Node("finite.rows", "Where", [areFinite, input, zero]), areFinite);
    }

    /// <summary>Gives a value (N, …) of float32 NaN for the rows that are not finite.</summary>
    public string OrNaN(OnnxGraphBuilder graph, string name, string value) =>
        graph.Node($"{name}.or_nan", "Where", [AreFinite, value, graph.Initializer($"{name}.nan", [float.NaN], 1)]);
}
