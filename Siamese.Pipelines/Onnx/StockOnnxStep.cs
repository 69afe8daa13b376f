using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Onnx;

/// <summary>A step as it was read out of a saved model.</summary>
/// <param name="Graph">The saved graph; its tensors have the names of the columns inside the saved chain.</param>
/// <param name="Inputs">The columns that the step reads, in the order of the graph's inputs.</param>
/// <param name="Outputs">The columns that it makes, in the order of the graph's outputs.</param>
/// <param name="Image">The column of images or paths among the inputs, or null.</param>
/// <param name="Paths">How the files are read where that column holds paths, or null.</param>
internal sealed record StockOnnxStep(byte[] Graph, string[] Inputs, string[] Outputs, string? Image, ImagePaths? Paths)
{
    /// <summary>Whether a chain is just this step, rather than a user's chain that has the step in it.</summary>
    public bool IsChainOf(ITransformer[] parts)
    {
        // Two parts come before the network where an image is read, three where it is read from a file, and nothing else is a network in
        // there; a copy and a drop may follow. A user's chain is at least one level above, since the step is saved as a chain of its own.
        int before = Image is null ? 0 : Paths is null ? 2 : 3;
        return parts.Length > before && parts[before] is OnnxTransformer
            && parts.Take(before).All(part => part is ImageLoadingTransformer or ImageResizingTransformer or ImagePixelExtractingTransformer)
            && parts.Skip(before + 1).All(part => part.GetType().Name is "ColumnCopyingTransformer" or "ColumnSelectingTransformer");
    }

    /// <summary>Makes the batched transformer again.</summary>
    public ITransformer CreateTransformer(MLContext ml, OnnxScoringOptions options)
    {
        IReadOnlyDictionary<string, string> metadata = OnnxModelFile.ReadMetadata(Graph);
        if (EmbeddingMetadata.ReadInput(metadata) is not null)
        {
            // Before outputs were named in the metadata, the embedding was the first of them.
            string? output = metadata.ContainsKey(EmbeddingMetadata.Output) ? null : OnnxModelFile.Parse(Graph).Graph.Output[0].Name;
            var embedding = new EmbedImagesOptions
            {
                Scoring = options,
                HiddenColumnName = Outputs.ElementAtOrDefault(1),
                ImageFolder = Paths?.Folder,
                File = Paths?.File ?? new ImageFileOptions(),
            };
            ImageColumnKind kind = Paths is not null ? ImageColumnKind.Paths : Image is not null ? ImageColumnKind.Images : ImageColumnKind.Pixels;
            return new ImageEmbeddingTransformer(ml, EmbeddingModel.Load(Graph, outputName: output), Outputs[0], Inputs.Single(), kind, embedding);
        }

        using InferenceSession session = OnnxProbe.Open(Graph);
        OnnxColumn[] inputs = [.. session.InputNames.Zip(Inputs, (tensor, column) => Column(column, tensor, session.InputMetadata))];
        OnnxColumn[] outputs = [.. session.OutputNames.Zip(Outputs, (tensor, column) => Column(column, tensor, session.OutputMetadata))];

        // Besides networks, the library saves only graphs that it wrote itself.
        return new BatchedOnnxTransformer(ml, new OnnxStep(Graph, inputs, outputs) { KeepsRowsApart = true }, options);
    }

    private static OnnxColumn Column(string name, string tensor, IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        metadata[tensor].Dimensions is [_, .. int[] shape] && shape.All(size => size > 0)
            ? new OnnxColumn(name, tensor, shape)
            : throw new InvalidDataException(
                $"The network of column '{name}' has an end '{tensor}' of shape ({string.Join(", ", metadata[tensor].Dimensions)}), but rows of a fixed shape are expected.");
}
