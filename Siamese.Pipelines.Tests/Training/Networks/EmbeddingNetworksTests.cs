using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.Training.Export;
using Siamese.Training.Export;
using Siamese.Training.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Networks;

public sealed class EmbeddingNetworksTests
{
    private static readonly ImageInput Digit = new(28, 28, ColorOrder.Grayscale);
    private static readonly ImageInput Photo = new(32, 48);

    private static readonly TestCaseData[] Factories =
    [
        Factory(EmbeddingNetworks.Plain, nameof(EmbeddingNetworks.Plain)),
        Factory(EmbeddingNetworks.BatchNormalized, nameof(EmbeddingNetworks.BatchNormalized)),
        Factory(EmbeddingNetworks.Residual, nameof(EmbeddingNetworks.Residual)),
    ];

    [TestCaseSource(nameof(Factories))]
    public void A_network_gives_one_embedding_for_each_image(Func<ImageInput, int, Sequential> make)
    {
        using Sequential digits = make(Digit, 10);
        using Sequential photos = make(Photo, 64);
        using Tensor ofDigits = digits.call(zeros(3, 1, 28, 28));
        using Tensor ofPhotos = photos.call(zeros(2, 3, 48, 32));

        Assert.That(ofDigits.shape, Is.EqualTo(new long[] { 3, 10 }));
        Assert.That(ofPhotos.shape, Is.EqualTo(new long[] { 2, 64 }));
    }

    [TestCaseSource(nameof(Factories))]
    public void A_network_is_exported_as_it_is(Func<ImageInput, int, Sequential> make)
    {
        foreach (ImageInput input in new[] { Digit, Photo })
        {
            using Sequential network = make(input, 8);
            Settle(network, input);
            using Tensor rows = SeededNetwork.Rows(2, 4, input.Channels, input.Height, input.Width);

            byte[] folded = OnnxExporter.Export(network, [input.Channels, input.Height, input.Width]);
            byte[] whole = OnnxExporter.Export(
                network, [input.Channels, input.Height, input.Width], new() { FoldBatchNormalization = false });

            Assert.That(OnnxExporter.Verify(folded, network, rows), Is.LessThanOrEqualTo(1e-5f));
            Assert.That(OnnxExporter.Verify(whole, network, rows), Is.LessThanOrEqualTo(1e-5f));
        }
    }

    [Test]
    public void Plain_has_the_weights_that_its_layers_say()
    {
        using Sequential network = EmbeddingNetworks.Plain(Digit, 10);

        // Both convolutions without padding leave 24x24, the pool 12x12.
        int expected = ((1 * 9 * 32) + 32) + ((32 * 9 * 32) + 32) + ((32 * 12 * 12 * 128) + 128) + ((128 * 10) + 10);
        Assert.That(network.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(expected).And.EqualTo(600_810));
    }

    [Test]
    public void BatchNormalized_has_the_weights_that_its_layers_say()
    {
        using Sequential network = EmbeddingNetworks.BatchNormalized(Digit, 10);

        // 28 → 26 → 13 → 13 → 13 → 6 → 4; each batch normalisation has a scale and an offset for each channel.
        int expected = (9 * 32) + (2 * 32) + (32 * 9 * 64) + (2 * 64) + (64 * 9 * 64) + (2 * 64) + (64 * 9 * 128) + (2 * 128)
            + (128 * 4 * 4 * 128) + (2 * 128) + (128 * 10) + 10;
        Assert.That(network.parameters().Sum(parameter => parameter.numel()), Is.EqualTo(expected));
    }

    [Test]
    public void Residual_takes_large_and_tiny_images_with_the_same_weights()
    {
        using Sequential network = EmbeddingNetworks.Residual(new ImageInput(112, 112), 16);
        using Sequential tiny = EmbeddingNetworks.Residual(new ImageInput(1, 1), 16);
        network.eval();
        using Tensor embeddings = network.call(zeros(1, 3, 112, 112));

        Assert.That(embeddings.shape, Is.EqualTo(new long[] { 1, 16 }));
        Assert.That(tiny.state_dict().Keys, Is.EqualTo(network.state_dict().Keys));
        Assert.That(tiny.state_dict().Keys, Does.Contain("stage1.body.conv1.weight").And.Contain("stage3.shortcut.bn.running_var"));
    }

    [TestCase(5, 5, "5x5", "6x6")]
    [TestCase(28, 5, "28x5", "6x6")]
    public void Plain_refuses_images_that_are_too_small_and_names_the_smallest(int width, int height, string found, string smallest)
    {
        Assert.That(
            () => EmbeddingNetworks.Plain(new ImageInput(width, height), 10),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("input")
                .And.Message.Contains(found).And.Message.Contains(smallest));
        Assert.That(() => EmbeddingNetworks.Plain(new ImageInput(6, 6), 10), Throws.Nothing);
    }

    [Test]
    public void BatchNormalized_refuses_images_that_are_too_small_and_names_the_smallest()
    {
        Assert.That(
            () => EmbeddingNetworks.BatchNormalized(new ImageInput(13, 20), 10),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("input")
                .And.Message.Contains("13x20").And.Message.Contains("14x14"));

        using Sequential smallest = EmbeddingNetworks.BatchNormalized(new ImageInput(14, 14), 10);
        using Tensor embeddings = smallest.call(zeros(2, 3, 14, 14));
        Assert.That(embeddings.shape, Is.EqualTo(new long[] { 2, 10 }));
    }

    [TestCaseSource(nameof(Factories))]
    public void An_embedding_without_components_is_refused(Func<ImageInput, int, Sequential> make) =>
        Assert.That(
            () => make(Digit, 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("dimension").And.Message.Contains("0"));

    [TestCaseSource(nameof(Factories))]
    public void Equal_seeds_give_equal_weights(Func<ImageInput, int, Sequential> make)
    {
        manual_seed(5);
        using Sequential first = make(Digit, 4);
        manual_seed(5);
        using Sequential second = make(Digit, 4);

        byte[] bytes = OnnxExporter.Export(first, [1, 28, 28]);

        Assert.That(bytes.SequenceEqual(OnnxExporter.Export(second, [1, 28, 28])), Is.True);
    }

    private static TestCaseData Factory(Func<ImageInput, int, Sequential> make, string name) =>
        new TestCaseData(make).SetArgDisplayNames(name);

    // Lets the running statistics see some images, as training does, so that they are not those of a fresh layer.
    private static void Settle(Sequential network, ImageInput input)
    {
        manual_seed(1);
        network.train();
        using IDisposable noGradients = no_grad();
        for (int step = 0; step < 5; step++)
        {
            using Tensor rows = SeededNetwork.Rows(100 + step, 8, input.Channels, input.Height, input.Width);
            using Tensor embeddings = network.call(rows);
        }
    }
}
