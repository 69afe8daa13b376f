using Microsoft.Extensions.AI;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Onnx;

public sealed class BatchedOnnxCursorTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void The_first_rows_read_hardly_more_than_themselves()
    {
        int read = 0;
        IEnumerable<ImageRow> Rows()
        {
            foreach (ImageRow row in SmallNetwork.Rows(5000))
            {
                read++;
                yield return row;
            }
        }

        using ImageEmbeddingTransformer embedder = Fit(new());
        IDataView view = embedder.Transform(_ml.Data.LoadFromEnumerable(Rows()));
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        var readAfter = new List<int>();
        for (int row = 0; row < 100; row++)
        {
            Assert.That(cursor.MoveNext(), Is.True);
            readAfter.Add(read);
        }

        Assert.That(readAfter[0], Is.EqualTo(1));
        Assert.That(readAfter[9], Is.AtMost(2 * 10));
        Assert.That(readAfter[99], Is.AtMost(2 * 100));
    }

    [TestCase(int.MaxValue, 1, 1)]
    [TestCase(40_000_000, 2, 1)]
    [TestCase(int.MaxValue, int.MaxValue, 1)]
    [TestCase(1, int.MaxValue, int.MaxValue)]
    public void The_largest_options_take_no_more_than_the_rows_that_are_there(int batchSize, int parallel, int threads)
    {
        ImageRow[] rows = SmallNetwork.Rows(70);
        var scoring = new OnnxScoringOptions { BatchSize = batchSize, MaxDegreeOfParallelism = parallel, ThreadsPerBatch = threads };
        using ImageEmbeddingTransformer embedder = Fit(scoring);
        float[][] expected = [.. rows.Select(row => SmallNetwork.Embed(row.Pixels))];

        long before = GC.GetAllocatedBytesForCurrentThread();
        float[][] found = SmallNetwork.Embeddings(embedder.Transform(_ml.Data.LoadFromEnumerable(rows)));

        Assert.That(found, Is.EqualTo(expected));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(20_000_000));
        using ImageEmbedder single = SmallNetwork.Create().CreateEmbedder(scoring);
        Assert.That(single.Embed([.. rows.SelectMany(row => row.Pixels)]).Chunk(3), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_generator_of_the_largest_batches_embeds_all_its_values()
    {
        using MLImage image = MLImage.CreateFromPixels(4, 4, MLPixelFormat.Rgba32, new byte[64]);
        using var file = new TemporaryFile(".png");
        image.Save(file.Path);
        var value = new DataContent(await File.ReadAllBytesAsync(file.Path), "image/png");
        using var generator = new ImageEmbeddingGenerator(SmallNetwork.Create(), new() { Scoring = new() { BatchSize = int.MaxValue } });

        GeneratedEmbeddings<Embedding<float>> found = await generator.GenerateAsync([value, value, value]);

        Assert.That(found.Select(embedding => embedding.Dimensions), Is.EqualTo(new[] { 3, 3, 3 }));
    }

    private ImageEmbeddingTransformer Fit(OnnxScoringOptions scoring) => _ml.MetricLearning
        .EmbedImages("Embedding", SmallNetwork.Create(), "Pixels", new() { Scoring = scoring }).Fit(_ml.Data.LoadFromEnumerable(SmallNetwork.Rows(1)));
}
