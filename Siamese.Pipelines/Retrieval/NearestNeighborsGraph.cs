using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Writes the exact k-nearest-neighbors classifier of a set of references as an ONNX graph.</summary>
internal static class NearestNeighborsGraph
{
    public const string Features = "features";
    public const string Votes = "votes";
    public const string Winner = "winner";

    /// <summary>
    /// features (N, D) → votes (N, C): the share of the k nearest references that are of each class; winner (N, 1): the code of the class
    /// with most votes. Among classes of equally many votes the one with the nearest voter wins. Both are NaN for a row that is not finite.
    /// </summary>
    /// <param name="references">M × D components, row by row, finite.</param>
    /// <param name="classes">M classes in [0, C).</param>
    /// <param name="dimension">D.</param>
    /// <param name="codes">C codes.</param>
    /// <param name="options">k, at most M, and the distance.</param>
    public static byte[] Write(float[] references, int[] classes, int dimension, ReadOnlySpan<float> codes, NearestNeighborsOptions options)
    {
        int count = classes.Length;
        int neighbors = Math.Min(options.Neighbors, count);
        var graph = new OnnxGraphBuilder("nearest-neighbors");
        var input = FiniteRows.Write(graph, graph.Input(Features, dimension));
        string voters = graph.Node(
            "Gather",
            [graph.Initializer("classes", Array.ConvertAll(classes, label => (long)label), count), Nearest(graph, input.Values, references, dimension, neighbors, options.Distance)],
            OnnxAttribute.Int("axis", 0));

        // One vote a neighbor, added up where its class stands.
        string ballots = graph.Node("Cast", [graph.Node("Equal", [voters, voters])], OnnxAttribute.Int("to", (long)OnnxElementType.Float32));
        string rows = graph.Node("Slice", [graph.Node("Shape", [voters]), graph.Initializer("first", [0L], 1), graph.Initializer("second", [1L], 1)]);
        string shape = graph.Node("Concat", [rows, graph.Initializer("class_count", [(long)codes.Length], 1)], OnnxAttribute.Int("axis", 0));
        string counts = graph.Node(
            "ScatterElements", [graph.Node("ConstantOfShape", [shape]), voters, ballots], OnnxAttribute.Int("axis", 1), OnnxAttribute.String("reduction", "add"));
        string votes = graph.Node("Div", [counts, graph.Initializer("neighbors", [(float)neighbors], 1)]);

        // The nearest of the voters whose class has most votes; the first of several is the nearest.
        string standing = graph.Node("GatherElements", [counts, voters], OnnxAttribute.Int("axis", 1));
        string best = graph.Node("ArgMax", [standing], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("keepdims", 1));
        string winner = graph.Node("GatherElements", [voters, best], OnnxAttribute.Int("axis", 1));
        string code = graph.Node("Gather", [graph.Initializer("codes", codes, codes.Length), winner], OnnxAttribute.Int("axis", 0));
        graph.Output(input.OrNaN(graph, "votes", votes), Votes, codes.Length);
        graph.Output(input.OrNaN(graph, "winner", code), Winner, 1);
        return graph.ToArray();
    }

    private static string Nearest(OnnxGraphBuilder graph, string input, float[] references, int dimension, int neighbors, DistanceMetric distance)
    {
        var points = new double[references.Length];
        TensorPrimitives.ConvertTruncating<float, double>(references, points);
        string rows = DistanceNodes.ToDouble(graph, input, "rows");
        string known = DistanceNodes.Constant(graph, "references", points, points.Length / dimension, dimension);
        if (distance == DistanceMetric.Cosine)
        {
            rows = DirectionNodes.OfRows(graph, rows);
            known = DirectionNodes.OfPoints(graph, known);
            points = DirectionNodes.OfPoints(points, dimension);
            dimension = DirectionNodes.Width(dimension);
        }

        return DistanceNodes.Nearest(graph, rows, "references", known, points, dimension, neighbors).Indices;
    }
}
