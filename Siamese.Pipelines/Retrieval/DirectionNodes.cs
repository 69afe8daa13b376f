using System.Numerics.Tensors;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Writes directions into a graph, in float64: their squared Euclidean distance is twice the cosine distance, and exact for near ones.</summary>
/// <remarks>
/// A vector of zeros has no direction, and is at right angles to all. So a direction has two components more: one that is 1 for a row of
/// zeros, and one that is 1 for a point of zeros.
/// </remarks>
internal static class DirectionNodes
{
    public static int Width(int dimension) => dimension + 2;

    /// <summary>The directions (N, D + 2) of rows (N, D), float64.</summary>
    public static string OfRows(OnnxGraphBuilder graph, string rows) => Write(graph, rows, "rows", isPoint: false);

    /// <summary>The directions (M, D + 2) of points (M, D), float64.</summary>
    public static string OfPoints(OnnxGraphBuilder graph, string points) => Write(graph, points, "points", isPoint: true);

    /// <summary>The same, computed here.</summary>
    public static double[] OfPoints(ReadOnlySpan<double> points, int dimension)
    {
        var directions = new double[points.Length / dimension * Width(dimension)];
        for (int i = 0; i < points.Length / dimension; i++)
        {
            ReadOnlySpan<double> point = points.Slice(i * dimension, dimension);
            Span<double> direction = directions.AsSpan(i * Width(dimension), Width(dimension));
            double norm = TensorPrimitives.Norm(point);
            if (norm > 0)
            {
                TensorPrimitives.Divide(point, norm, direction);
            }
            else
            {
                direction[^1] = 1;
            }
        }

        return directions;
    }

    private static string Write(OnnxGraphBuilder graph, string vectors, string name, bool isPoint)
    {
        string zero = graph.Initializer($"{name}.zero", [0.0], 1);
        string squares = graph.Node("ReduceSumSquare", [vectors], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        string norms = graph.Node("Sqrt", [squares]);
        string areZero = graph.Node("Equal", [norms, zero]);
        string units = graph.Node("Div", [vectors, graph.Node("Where", [areZero, graph.Initializer($"{name}.one", [1.0], 1), norms])]);
        string flags = DistanceNodes.ToDouble(graph, areZero, $"{name}.flags");
        string nothing = graph.Node("Mul", [flags, zero]);
        return graph.Node(
            $"{name}.directions", "Concat", isPoint ? [units, nothing, flags] : [units, flags, nothing], OnnxAttribute.Int("axis", 1));
    }
}
