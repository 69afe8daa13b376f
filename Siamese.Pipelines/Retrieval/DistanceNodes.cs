using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Writes Euclidean distances to a set of points into a graph: exact in float64, however far from zero, large or small the rows are.</summary>
/// <remarks>
/// A distance is a sum of squared differences. ‖x‖² + ‖p‖² − 2 x·p, a product of matrices and much faster, loses the digits of points that
/// are near each other and far from zero, so it only finds candidates: it is computed about a center, in float64, where squares of float32
/// cannot overflow, together with a bound of its rounding, and every point that may be among the nearest within that bound is measured.
/// </remarks>
internal static class DistanceNodes
{
    // Up to so many components, all differences of a batch fit into the processor's caches: nothing is gained by candidates.
    private const int MostComponentsAtOnce = 4096;

    /// <summary>Adds a float64 constant, stored as float32 where that loses nothing.</summary>
    public static string Constant(OnnxGraphBuilder graph, string name, ReadOnlySpan<double> values, params ReadOnlySpan<long> dimensions)
    {
        var singles = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            singles[i] = (float)values[i];
            if (singles[i] != values[i])
            {
                return graph.Initializer(name, values, dimensions);
            }
        }

        return ToDouble(graph, graph.Initializer($"{name}.single", singles, dimensions), name);
    }

    /// <summary>Makes rows float64.</summary>
    public static string ToDouble(OnnxGraphBuilder graph, string values, string name) =>
        graph.Node(name, "Cast", [values], OnnxAttribute.Int("to", (long)OnnxElementType.Float64));

    /// <summary>Makes the square roots of squared distances (N, 1), float32.</summary>
    public static string Root(OnnxGraphBuilder graph, string squaredDistances) =>
        graph.Node("Cast", [graph.Node("Sqrt", [squaredDistances])], OnnxAttribute.Int("to", (long)OnnxElementType.Float32));

    /// <summary>The distance of each row to the k-th nearest of some points.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="rows">The rows (N, D), float64, finite.</param>
    /// <param name="name">What the points are called.</param>
    /// <param name="points">M × D components, row by row, finite.</param>
    /// <param name="dimension">D.</param>
    /// <param name="neighbor">k, from 1 to M.</param>
    /// <returns>The value (N, 1), float32, at least 0.</returns>
    public static string ToNearest(OnnxGraphBuilder graph, string rows, string name, double[] points, int dimension, int neighbor = 1)
    {
        string constant = Constant(graph, name, points, points.Length / dimension, dimension);
        string squares = Nearest(graph, rows, name, constant, points, dimension, neighbor).SquaredDistances;
        return Root(graph, graph.Node("Gather", [squares, graph.Initializer($"{name}.last", [neighbor - 1L], 1)], OnnxAttribute.Int("axis", 1)));
    }

    /// <summary>The nearest points of each row.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="rows">The rows (N, D), float64, finite.</param>
    /// <param name="name">What the points are called.</param>
    /// <param name="constant">The points (M, D), a float64 value that does not depend on the input.</param>
    /// <param name="points">About the same, to choose the center by.</param>
    /// <param name="dimension">D.</param>
    /// <param name="neighbors">k, from 1 to M.</param>
    public static NearestValues Nearest(
        OnnxGraphBuilder graph, string rows, string name, string constant, ReadOnlySpan<double> points, int dimension, int neighbors)
    {
        string count = graph.Initializer($"{name}.count", [(long)neighbors], 1);
        return points.Length <= MostComponentsAtOnce
            ? All(graph, rows, name, constant, count)
            : Candidates(graph, rows, name, constant, count, Center(points, dimension));
    }

    private static NearestValues All(OnnxGraphBuilder graph, string rows, string name, string points, string count)
    {
        string spread = graph.Node("Unsqueeze", [rows, graph.Initializer($"{name}.points_axis", [1L], 1)]);
        string differences = graph.Node("Sub", [spread, points]);
        string squares = graph.Node("ReduceSumSquare", [differences], OnnxAttribute.Ints("axes", 2), OnnxAttribute.Int("keepdims", 0));
        IReadOnlyList<string> nearest = graph.Nodes(
            $"{name}.nearest", "TopK", [squares, count], 2, OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("largest", 0));
        return new NearestValues(nearest[0], nearest[1]);
    }

    private static NearestValues Candidates(OnnxGraphBuilder graph, string rows, string name, string points, string count, double[] center)
    {
        // Rounding moves ‖p‖² − 2 x·p by less than b = ε (‖x‖ + ‖p‖)² ≤ 2 ε (‖x‖² + ‖p‖²). The part of p stands in the constants.
        double epsilon = (center.Length + 16) * Math.ScaleB(1, -52);
        string middle = graph.Initializer($"{name}.center", center, 1, center.Length);
        string centered = graph.Node($"{name}.centered", "Sub", [points, middle]);
        string squares = graph.Node(
            $"{name}.squares", "ReduceSumSquare", [centered], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 0));
        string bias = graph.Node("Mul", [squares, graph.Initializer($"{name}.least", [1 - (2 * epsilon)], 1)]);
        string doubled = graph.Initializer($"{name}.slack", [4 * epsilon], 1);
        string slack = graph.Node($"{name}.slacks", "Mul", [squares, doubled]);

        string queries = graph.Node("Sub", [rows, middle]);
        string least = graph.Node(
            $"{name}.lowest", "Gemm", [queries, centered, bias], OnnxAttribute.Float("alpha", -2), OnnxAttribute.Int("transB", 1));
        IReadOnlyList<string> lowest = graph.Nodes(
            $"{name}.best", "TopK", [least, count], 2, OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("largest", 0));

        // k points are at most as far as the greatest upper bound of these, so that nothing whose lower bound is above it is among the k nearest.
        string most = graph.Node("Add", [lowest[0], graph.Node("Gather", [slack, lowest[1]], OnnxAttribute.Int("axis", 0))]);
        string greatest = graph.Node("ReduceMax", [most], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        string norms = graph.Node("ReduceSumSquare", [queries], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        string limit = graph.Node($"{name}.limit", "Add", [greatest, graph.Node("Mul", [norms, doubled])]);
        IReadOnlyList<string> found = graph.Nodes(
            $"{name}.nearest", "Scan", [least, limit, rows], 2, Measure(name, points, count).AsAttribute("body"), OnnxAttribute.Int("num_scan_inputs", 3));
        return new NearestValues(found[0], found[1]);
    }

    /// <summary>What is done for each row: the candidates' distances, and the nearest among them.</summary>
    private static OnnxGraphBuilder Measure(string name, string points, string count)
    {
        var body = new OnnxGraphBuilder($"{name}.measure");
        string least = body.BodyInput($"{name}.row.lowest", OnnxElementType.Float64);
        string limit = body.BodyInput($"{name}.row.limit", OnnxElementType.Float64);
        string row = body.BodyInput($"{name}.row", OnnxElementType.Float64);
        string few = body.Node($"{name}.row.are_candidates", "LessOrEqual", [least, limit]);
        string where = body.Node($"{name}.row.where", "NonZero", [few]);
        string indices = body.Node($"{name}.row.candidates", "Reshape", [where, body.Initializer($"{name}.row.flat", [-1L], 1)]);
        string candidates = body.Node($"{name}.row.points", "Gather", [body.Outer(points), indices], OnnxAttribute.Int("axis", 0));
        string differences = body.Node($"{name}.row.differences", "Sub", [candidates, row]);
        string squares = body.Node(
            $"{name}.row.squares", "ReduceSumSquare", [differences], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 0));
        IReadOnlyList<string> nearest = body.Nodes(
            $"{name}.row.nearest", "TopK", [squares, body.Outer(count)], 2, OnnxAttribute.Int("axis", 0), OnnxAttribute.Int("largest", 0));
        string which = body.Node($"{name}.row.which", "Gather", [indices, nearest[1]], OnnxAttribute.Int("axis", 0));
        body.BodyOutput(nearest[0], OnnxElementType.Float64);
        body.BodyOutput(which, OnnxElementType.Int64);
        return body;
    }

    /// <summary>The median of each component, which no point that is far from all others moves.</summary>
    private static double[] Center(ReadOnlySpan<double> points, int dimension)
    {
        var center = new double[dimension];
        var component = new double[points.Length / dimension];
        for (int i = 0; i < dimension; i++)
        {
            for (int point = 0; point < component.Length; point++)
            {
                component[point] = points[(point * dimension) + i];
            }

            component.AsSpan().Sort();
            center[i] = component[component.Length / 2];
        }

        return center;
    }
}
