using System.Text;
using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class EmbeddingModelTests
{
    [Test]
    public void A_saved_network_loads_with_all_that_it_says_of_itself()
    {
        EmbeddingModel model = SmallNetwork.Create(ColorOrder.Bgr, metadata => metadata[EmbeddingMetadata.Distance] = "Cosine");
        using var file = new TemporaryFile(".onnx");
        model.Save(file.Path);

        EmbeddingModel loaded = EmbeddingModel.Load(file.Path);

        Assert.That(loaded.Input, Is.EqualTo(new ImageInput(4, 4, ColorOrder.Bgr)));
        Assert.That(loaded.Dimension, Is.EqualTo(3));
        Assert.That(loaded.Distance, Is.EqualTo(DistanceMetric.Cosine));
        Assert.That(loaded.Identity, Is.EqualTo(model.Identity).And.Length.EqualTo(64));
        Assert.That(loaded.ToString(), Is.EqualTo("4x4 Bgr → 3"));
    }

    [Test]
    public void A_calibrated_threshold_stays_with_the_network_whose_identity_it_does_not_change()
    {
        EmbeddingModel model = SmallNetwork.Create(ColorOrder.Bgr);
        using var file = new TemporaryFile(".onnx");
        model.WithVerificationThreshold(3, "ten pairs").WithVerificationThreshold(2.5f, "twenty pairs").Save(file.Path);

        EmbeddingModel loaded = EmbeddingModel.Load(file.Path);

        Assert.That(loaded.VerificationThreshold, Is.EqualTo(2.5f));
        Assert.That(loaded.Identity, Is.EqualTo(model.Identity));
        Assert.That(loaded.Input, Is.EqualTo(model.Input));
        Assert.That(loaded.Metadata[EmbeddingMetadata.VerificationData], Is.EqualTo("twenty pairs"));
        Assert.That(loaded.IsSame([0, 0, 0], [0, 2.5f, 0]), Is.True);
        Assert.That(loaded.IsSame([0, 0, 0], [0, 2.6f, 0]), Is.False);
        Assert.That(() => loaded.IsSame([0, 0, 0], [0]), Throws.ArgumentException.With.Property("ParamName").EqualTo("y"));
        Assert.That(() => model.IsSame([0, 0, 0], [0, 0, 0]), Throws.InvalidOperationException.With.Message.Contains("WithVerificationThreshold"));
        Assert.That(() => model.WithVerificationThreshold(float.NaN, "pairs"), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_foreign_network_is_refused_until_somebody_says_what_it_expects()
    {
        var input = new ImageInput(4, 4, ColorOrder.Rgb);
        byte[] foreign = SmallNetwork.Bytes(input);

        Assert.That(() => EmbeddingModel.Load(foreign), Throws.TypeOf<InvalidDataException>().With.Message.Contains("ImageInput"));
        Assert.That(EmbeddingModel.Load(foreign, input).Input, Is.EqualTo(input));
    }

    [Test]
    public void An_input_that_the_network_does_not_take_is_refused_with_both()
    {
        byte[] foreign = SmallNetwork.Bytes(new ImageInput(4, 4, ColorOrder.Rgb));

        Assert.That(
            () => EmbeddingModel.Load(foreign, new ImageInput(5, 4)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("(N, 3, 4, 4)").And.Message.Contains("(N, 3, 4, 5)"));
    }

    [Test]
    public void A_truncated_file_is_refused_by_name([Values(0, 1, 100)] int length)
    {
        using var file = new TemporaryFile(".onnx");
        File.WriteAllBytes(file.Path, SmallNetwork.Create().ToArray()[..length]);

        Assert.That(() => EmbeddingModel.Load(file.Path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(file.Path));
    }

    [Test]
    public void A_file_of_another_kind_is_refused_by_name()
    {
        using var file = new TemporaryFile(".onnx");
        File.WriteAllBytes(file.Path, Encoding.UTF8.GetBytes("This is no network."));

        Assert.That(() => EmbeddingModel.Load(file.Path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(file.Path));
    }

    [Test]
    public void Metadata_that_cannot_be_read_is_refused_with_key_and_value() =>
        Assert.That(
            () => SmallNetwork.Create(describe: metadata => metadata[EmbeddingMetadata.InputWidth] = "four"),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("siamese.input.width").And.Message.Contains("four"));

    [Test]
    public void A_network_that_gives_no_vector_is_refused_with_what_it_gives()
    {
        var graph = new OnnxGraphBuilder("map");
        graph.Output(graph.Node("Relu", [graph.Input("image", 1, 4, 4)]), "map", 1, 4, 4);

        Assert.That(
            () => EmbeddingModel.Load(graph.ToArray(), new ImageInput(4, 4, ColorOrder.Grayscale)),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'map'"));
    }

    [Test]
    public void Mean_and_scale_are_applied_channel_by_channel()
    {
        var input = new ImageInput(4, 4, ColorOrder.Bgr) { Mean = [10f, 20f, 30f], Scale = [0.5f, 1f, 2f] };
        float[] pixels = [.. Enumerable.Range(0, 48).Select(i => (float)(i * 5))];
        float[] expected = SmallNetwork.Embed([.. pixels.Select((pixel, i) => (pixel - input.Mean[i / 16]) * input.Scale[i / 16])]);

        using ImageEmbedder embedder = EmbeddingModel.Load(SmallNetwork.Bytes(input), input).CreateEmbedder();

        Assert.That(embedder.Embed(pixels), Is.EqualTo(expected).Within(1e-3f));
    }

    [Test]
    public void An_embedder_takes_any_number_of_images_from_any_number_of_threads()
    {
        using ImageEmbedder embedder = SmallNetwork.Create().CreateEmbedder(new OnnxScoringOptions { BatchSize = 4 });
        ImageRow[] rows = SmallNetwork.Rows(30);
        float[] pixels = [.. rows.SelectMany(row => row.Pixels)];
        float[] expected = [.. rows.SelectMany(row => SmallNetwork.Embed(row.Pixels))];

        var found = new float[6][];
        Parallel.For(0, found.Length, i => found[i] = embedder.Embed(pixels));

        Assert.That(found, Is.All.EqualTo(expected));
    }

    [Test]
    public void Pixels_that_are_no_whole_number_of_images_are_refused_with_both_lengths()
    {
        using ImageEmbedder embedder = SmallNetwork.Create().CreateEmbedder();

        Assert.That(
            () => embedder.Embed(new float[20]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("pixels").And.Message.Contains("20").And.Message.Contains("16"));
    }

    [Test]
    public void A_file_that_cannot_be_written_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        string blocked = folder.Write("blocked", []);

        Assert.That(() => SmallNetwork.Create().Save(Path.Combine(blocked, "network.onnx")), Throws.InstanceOf<IOException>().With.Message.Contains("network.onnx"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { blocked }));
    }

    [Test]
    public void A_file_that_is_no_model_is_refused_by_name()
    {
        using var file = new TemporaryFile(".zip");
        File.WriteAllText(file.Path, "no zip");

        Assert.That(
            () => new MLContext().MetricLearning.Load(file.Path, out _), Throws.TypeOf<InvalidDataException>().With.Message.Contains(file.Path));
    }

    [TestCase(784, 128)]
    [TestCase(3 * 112 * 112, 3)]
    [TestCase(3 * 224 * 224, 1)]
    [TestCase(10, 128)]
    public void Batches_are_as_large_as_the_images_are_small(int rowLength, int expected)
    {
        Assert.That(new OnnxScoringOptions().BatchSizeFor(rowLength), Is.EqualTo(expected));
        Assert.That(new OnnxScoringOptions { BatchSize = 7 }.BatchSizeFor(rowLength), Is.EqualTo(7));
    }
}
