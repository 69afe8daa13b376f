using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Times the embedding step against ML.NET's own on the same rows, in turn; the median of some rounds counts.</summary>
internal static class ScoringSpeed
{
    private const int Rounds = 5;

    public static ScoringMetrics Measure(MLContext ml, ImageEmbeddingTransformer embedder, string network, float[][] images)
    {
        // Pixels as a vector, in memory: what is timed is scoring, and neither decoding nor resizing.
        PixelRow[] pixels = [.. images.Select(image => new PixelRow { image = image })];
        SchemaDefinition schema = SchemaDefinition.Create(typeof(PixelRow));
        schema[nameof(PixelRow.image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, embedder.Model.Input.Length);
        IDataView view = ml.Data.Cache(ml.Data.LoadFromEnumerable(pixels, schema));
        using ImageEmbeddingTransformer batched = ml.MetricLearning.EmbedImages("embedding", embedder.Model, "image").Fit(view);
        var shapes = new Dictionary<string, int[]>
        {
            ["image"] = [1, embedder.Model.Input.Channels, embedder.Model.Input.Height, embedder.Model.Input.Width],
        };
        using var stock = ml.Transforms.ApplyOnnxModel(["embedding"], ["image"], network, shapes, null, false, 100).Fit(view);

        (double Seconds, double Bytes)[] ours = new (double, double)[Rounds];
        (double Seconds, double Bytes)[] theirs = new (double, double)[Rounds];
        Read(batched.Transform(view));
        Read(stock.Transform(view));
        for (int round = 0; round < Rounds; round++)
        {
            ours[round] = Read(batched.Transform(view));
            theirs[round] = Read(stock.Transform(view));
        }

        return new ScoringMetrics(
            pixels.Length / Median(ours.Select(found => found.Seconds)),
            pixels.Length / Median(theirs.Select(found => found.Seconds)),
            Median(ours.Select(found => found.Bytes)) / pixels.Length,
            Median(theirs.Select(found => found.Bytes)) / pixels.Length);
    }

    private static (double Seconds, double Bytes) Read(IDataView view)
    {
        long before = GC.GetTotalAllocatedBytes(precise: true);
        var watch = Stopwatch.StartNew();
        using (DataViewRowCursor cursor = view.GetRowCursor([view.Schema["embedding"]]))
        {
            var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["embedding"]);
            VBuffer<float> vector = default;
            while (cursor.MoveNext())
            {
                getter(ref vector);
            }
        }

        return (watch.Elapsed.TotalSeconds, GC.GetTotalAllocatedBytes(precise: true) - before);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed class PixelRow
    {
        // ApplyOnnxModel takes the column that is named as the network's input.
        public float[] image { get; set; } = [];
    }
}
