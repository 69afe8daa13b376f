using System.Globalization;
using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Finds the output of a network that is the embedding.</summary>
internal static class EmbeddingOutput
{
    // What a classifier gives, by the names that exporters give it: not an embedding where another output can be one.
    private static readonly string[] ClassifierNames = ["logits", "probabilities", "probs", "softmax"];

    /// <summary>Chooses the output that is named, or the only one that can be an embedding and is not named as a classifier's.</summary>
    /// <param name="session">The network.</param>
    /// <param name="outputName">The caller's choice, or null.</param>
    /// <param name="metadata">May name the output where the caller does not.</param>
    /// <returns>The output, its dimensions after the batch's, and whether it was chosen among several.</returns>
    public static (string Name, int[] Shape, bool Chosen) Choose(
        InferenceSession session, string? outputName, IReadOnlyDictionary<string, string> metadata)
    {
        IReadOnlyDictionary<string, NodeMetadata> outputs = session.OutputMetadata;
        string[] possible = [.. session.OutputNames.Where(name => IsEmbedding(outputs[name]))];

        if (outputName is not null)
        {
            if (!outputs.ContainsKey(outputName))
            {
                throw new ArgumentException($"The network has no output named '{outputName}'; it has {List(session, session.OutputNames)}.", nameof(outputName));
            }

            return (outputName, ShapeOf(session, outputName), possible.Length > 1);
        }

        if (metadata.TryGetValue(EmbeddingMetadata.Output, out string? named))
        {
            return outputs.ContainsKey(named)
                ? (named, ShapeOf(session, named), false)
                : throw new InvalidDataException(
                    $"Its metadata names the output '{named}' under {EmbeddingMetadata.Output}, but it has {List(session, session.OutputNames)}.");
        }

        string[] candidates = [.. possible.Where(name => !ClassifierNames.Contains(name, StringComparer.OrdinalIgnoreCase))];
        return (candidates.Length > 0 ? candidates : possible) switch
        {
            [string only] => (only, ShapeOf(session, only), possible.Length > 1),
            [] => throw new InvalidDataException(
                $"It has no output of shape (N, D) in Single (float32); its outputs are {List(session, session.OutputNames)}. "
                + "Export it with its embedding as an output of float32; dimensions of 1 beside D are taken."),
            _ => throw new InvalidDataException(
                $"It has {possible.Length} outputs that can be the embedding: {List(session, possible)}. Name the one to take with {nameof(outputName)}."),
        };
    }

    /// <summary>Gives the element type and dimensions of an input or output.</summary>
    public static string Describe(NodeMetadata end) =>
        $"{end.ElementType?.Name} ({string.Join(", ", end.Dimensions.Select(size => size < 0 ? "N" : size.ToString(CultureInfo.InvariantCulture)))})";

    private static int[] ShapeOf(InferenceSession session, string name)
    {
        NodeMetadata output = session.OutputMetadata[name];
        return IsEmbedding(output)
            ? output.Dimensions[1..]
            : throw new InvalidDataException(
                $"Its output '{name}' is {Describe(output)}, but an embedding is Single (float32) of shape (N, D), where dimensions of 1 may stand beside D.");
    }

    private static bool IsEmbedding(NodeMetadata output) =>
        output.ElementType == typeof(float) && output.Dimensions is [_, _, ..]
        && output.Dimensions.Skip(1).All(size => size > 0) && output.Dimensions.Skip(1).Count(size => size > 1) <= 1;

    private static string List(InferenceSession session, IEnumerable<string> names) =>
        string.Join(", ", names.Select(name => $"'{name}' {Describe(session.OutputMetadata[name])}"));
}
