using System.Numerics.Tensors;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Writes Euclidean distances to a set of points into a graph.</summary>
internal static class DistanceNodes
{
    /// <summary>What ranks the points by their distance to each row: ‖x − p‖² = ‖x‖² + (‖p‖² − 2 x·p), the bracket.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The rows (N, D).</param>
    /// <param name="name">What the points are called.</param>
    /// <param name="points">M × D components, row by row.</param>
    /// <param name="squares">The M squared lengths.</param>
    /// <returns>The value (N, M): ‖x‖², which is the same for all points, is left out.</returns>
    public static string Brackets(OnnxGraphBuilder graph, string input, string name, float[] points, float[] squares) =>
        graph.Node(
            "Gemm",
            [input, graph.Initializer(name, points, squares.Length, points.Length / squares.Length), graph.Initializer($"{name}.squares", squares, squares.Length)],
            OnnxAttribute.Float("alpha", -2),
            OnnxAttribute.Int("transB", 1));

    public static float[] Squares(float[] points, int dimension) =>
        [.. points.Chunk(dimension).Select(point => TensorPrimitives.SumOfSquares<float>(point))];

    /// <summary>The distance of each row to the k-th nearest of some points.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">The rows (N, D).</param>
    /// <param name="name">What the points are called.</param>
    /// <param name="points">M × D components, row by row.</param>
    /// <param name="dimension">D.</param>
    /// <param name="neighbor">k, from 1 to M.</param>
    /// <returns>The value (N, 1), at least 0.</returns>
    public static string Nearest(OnnxGraphBuilder graph, string input, string name, float[] points, int dimension, int neighbor = 1)
    {
        string brackets = Brackets(graph, input, name, points, Squares(points, dimension));
        string nearest = neighbor == 1
            ? graph.Node("ReduceMin", [brackets], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1))
            : LastOf(graph, brackets, name, neighbor);
        string norms = graph.Node("ReduceSumSquare", [input], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        string distance = graph.Node("Add", [norms, nearest]);

        // Rounding can bring a row that equals a point below 0.
        return graph.Node("Sqrt", [graph.Node("Relu", [distance])]);
    }

    private static string LastOf(OnnxGraphBuilder graph, string brackets, string name, int neighbor)
    {
        string count = graph.Initializer($"{name}.count", [(long)neighbor], 1);
        IReadOnlyList<string> nearest = graph.Nodes(
            $"{name}.nearest", "TopK", [brackets, count], 2, OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("largest", 0));
        return graph.Node("Gather", [nearest[0], graph.Initializer($"{name}.last", [neighbor - 1L], 1)], OnnxAttribute.Int("axis", 1));
    }
}
