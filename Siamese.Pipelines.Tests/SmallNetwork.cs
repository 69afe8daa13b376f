using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests;

/// <summary>A network of one dense layer, whose embeddings can be computed by hand, and images for it.</summary>
internal static class SmallNetwork
{
    public const int Side = 4;
    public const int Dimension = 3;

    /// <summary>Component d of the embedding is Σ w(d, i) pixel(i), with w(d, i) = ((d + 1) × (i + 1) mod 7 − 3) / 256: exact in float32.</summary>
    public static EmbeddingModel Create(ColorOrder colorOrder = ColorOrder.Grayscale, Action<IDictionary<string, string>>? describe = null)
    {
        var input = new ImageInput(Side, Side, colorOrder);
        return EmbeddingModel.Load(Bytes(input, metadata =>
        {
            EmbeddingMetadata.WriteInput(metadata, input);
            describe?.Invoke(metadata);
        }));
    }

    public static byte[] Bytes(ImageInput input, Action<IDictionary<string, string>>? describe = null)
    {
        var graph = new OnnxGraphBuilder("small");
        string image = graph.Input("image", input.Channels, input.Height, input.Width);
        string flat = graph.Node("Flatten", [image], OnnxAttribute.Int("axis", 1));
        var weights = new float[Dimension * input.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = Weight(i / input.Length, i % input.Length);
        }

        string dense = graph.Node("Gemm", [flat, graph.Initializer("weights", weights, Dimension, input.Length)], OnnxAttribute.Int("transB", 1));
        graph.Output(dense, "embedding", Dimension);
        describe?.Invoke(graph.Metadata);
        return graph.ToArray();
    }

    public static float[] Embed(IReadOnlyList<float> pixels) =>
        [.. Enumerable.Range(0, Dimension).Select(d => pixels.Select((pixel, i) => Weight(d, i) * pixel).Sum())];

    public static ImageRow[] Rows(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(row => new ImageRow
        {
            Pixels = [.. Enumerable.Range(0, Side * Side).Select(_ => (float)random.Next(256))],
            Name = $"row {row}",
            Label = row % 3,
        })];
    }

    public static float[][] Embeddings(IDataView view, string column = "Embedding") =>
        view.Schema[column].Type is ImageDataViewType
            ? [.. view.GetColumn<MLImage>(column).Select(image => image.Pixels.ToArray().Select(value => (float)value).ToArray())]
            : view.Schema[column].Type is VectorDataViewType
            ? [.. view.GetColumn<VBuffer<float>>(column).Select(vector => vector.DenseValues().ToArray())]
            : [.. view.GetColumn<float>(column).Select(value => new[] { value })];

    private static float Weight(int component, int pixel) => ((((component + 1) * (pixel + 1)) % 7) - 3) / 256f;
}
