using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;

// A stranger's program: it knows the library by its package alone, trains nothing, and embeds digits with a network that comes as a file.
const int Side = 28;
EmbeddingModel network = EmbeddingModel.Load(Path.Combine(AppContext.BaseDirectory, "digits.onnx"));
Console.WriteLine($"{network}: {network.Metadata[EmbeddingMetadata.Data]}");

var ml = new MLContext(seed: 1);
IDataView train = Digits("train");
IDataView test = Digits("t10k");
using ImageEmbeddingTransformer embedder = ml.MetricLearning.EmbedImages("Embedding", network, "Image").Fit(train);
RetrievalMetrics found = ml.MetricLearning.Evaluate(embedder.Transform(test), embedder.Transform(train));
Console.WriteLine(found);

// Digits of another source than those that the network learned from.
return found.PrecisionAt1 > 0.9 ? 0 : 1;

IDataView Digits(string set)
{
    byte[] pixels = Unpack($"{set}-images-idx3-ubyte.gz", headerLength: 16);
    byte[] labels = Unpack($"{set}-labels-idx1-ubyte.gz", headerLength: 8);
    return ml.Data.LoadFromEnumerable(labels.Select((label, i) => new Digit
    {
        Image = Array.ConvertAll(pixels[(i * Side * Side)..((i + 1) * Side * Side)], pixel => (float)pixel),
        Label = label,
    }).ToArray());
}

static byte[] Unpack(string file, int headerLength)
{
    using var packed = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "digits", file)), CompressionMode.Decompress);
    var unpacked = new MemoryStream();
    packed.CopyTo(unpacked);
    return unpacked.ToArray()[headerLength..];
}

internal sealed class Digit
{
    [VectorType(28 * 28)]
    public float[] Image { get; set; } = [];

    public int Label { get; set; }
}
