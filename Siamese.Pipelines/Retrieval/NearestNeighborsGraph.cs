using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Writes the exact k-nearest-neighbours classifier of a set of references as an ONNX graph.</summary>
internal static class NearestNeighborsGraph
{
    public const string Features = "features";
    public const string Votes = "votes";
    public const string Winner = "winner";

    /// <summary>
    /// features (N, D) → votes (N, C): the share of the k nearest references that are of each class; winner (N, C): 1 at the class
    /// with most votes, 0 elsewhere. Among classes of equally many votes the one with the nearest voter wins.
    /// </summary>
    /// <param name="references">M × D components, row by row.</param>
    /// <param name="classes">M classes in [0, <paramref name="classCount"/>).</param>
    /// <param name="dimension">D.</param>
    /// <param name="classCount">C.</param>
    /// <param name="options">k, at most M, and the distance.</param>
    public static byte[] Write(float[] references, int[] classes, int dimension, int classCount, NearestNeighborsOptions options)
    {
        int count = classes.Length;
        int neighbors = Math.Min(options.Neighbors, count);
        var graph = new OnnxGraphBuilder("nearest-neighbors");
        string query = graph.Input(Features, dimension);
        float[] rows = references;
        if (options.Distance == DistanceMetric.Cosine)
        {
            query = graph.Node("LpNormalization", [query], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("p", 2));
            rows = Normalize(references, dimension);
        }

        // Among cosines a zero vector is at right angles to all others, as if it had length 1.
        float[] squares = options.Distance == DistanceMetric.Cosine ? [.. Enumerable.Repeat(1f, count)] : DistanceNodes.Squares(rows, dimension);
        string distances = DistanceNodes.Brackets(graph, query, "references", rows, squares);
        IReadOnlyList<string> nearest = graph.Nodes(
            "nearest", "TopK", [distances, graph.Initializer("k", [(long)neighbors], 1)], 2, OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("largest", 0));

        string labels = graph.Initializer("classes", Array.ConvertAll(classes, label => (long)label), count);
        string voters = graph.Node("Gather", [labels, nearest[1]], OnnxAttribute.Int("axis", 0));
        string depth = graph.Initializer("class_count", [(long)classCount], 1);
        string offOn = graph.Initializer("off_on", [0f, 1f], 2);
        string ballots = graph.Node("OneHot", [voters, depth, offOn], OnnxAttribute.Int("axis", -1));
        string axis = graph.Initializer("axis", [1L], 1);
        string counts = graph.Node("ReduceSum", [ballots, axis], OnnxAttribute.Int("keepdims", 0));
        string votes = graph.Node("Div", [counts, graph.Initializer("neighbors", [(float)neighbors], 1)]);

        // The rank of each class's first voter, and no rank at all for a class that has none.
        string ranks = graph.Initializer("ranks", [.. Enumerable.Range(0, neighbors).Select(rank => (float)rank)], 1, neighbors, 1);
        string none = graph.Initializer("no_rank", [float.MaxValue], 1);
        string zero = graph.Initializer("zero", [0f], 1);
        string ranked = graph.Node("Where", [graph.Node("Greater", [ballots, zero]), ranks, none]);
        string first = graph.Node("ReduceMin", [ranked], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 0));
        string most = graph.Node("ReduceMax", [counts], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        string leaders = graph.Node("Where", [graph.Node("Equal", [counts, most]), first, none]);
        string best = graph.Node("ArgMin", [leaders], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("keepdims", 0));
        string winner = graph.Node("OneHot", [best, depth, offOn], OnnxAttribute.Int("axis", -1));
        graph.Output(votes, Votes, classCount);
        graph.Output(winner, Winner, classCount);
        return graph.ToArray();
    }

    private static float[] Normalize(float[] rows, int dimension)
    {
        float[] unit = [.. rows];
        for (int start = 0; start < unit.Length; start += dimension)
        {
            Span<float> row = unit.AsSpan(start, dimension);
            float norm = TensorPrimitives.Norm<float>(row);
            if (norm > 0)
            {
                TensorPrimitives.Divide(row, norm, row);
            }
        }

        return unit;
    }
}
