using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class EmbeddingMetadataTests
{
    [TestCase(EmbeddingMetadata.InputWidth, "0")]
    [TestCase(EmbeddingMetadata.InputWidth, "-4")]
    [TestCase(EmbeddingMetadata.InputWidth, "4.0")]
    [TestCase(EmbeddingMetadata.InputWidth, "four")]
    [TestCase(EmbeddingMetadata.InputWidth, "")]
    [TestCase(EmbeddingMetadata.InputWidth, "99999999999999999999")]
    [TestCase(EmbeddingMetadata.InputWidth, "2147483647")]
    [TestCase(EmbeddingMetadata.InputHeight, "0")]
    [TestCase(EmbeddingMetadata.InputHeight, "2147483647")]
    [TestCase(EmbeddingMetadata.InputColorOrder, "7")]
    [TestCase(EmbeddingMetadata.InputColorOrder, "1")]
    [TestCase(EmbeddingMetadata.InputColorOrder, "Rgb, Bgr")]
    [TestCase(EmbeddingMetadata.InputMean, "NaN")]
    [TestCase(EmbeddingMetadata.InputMean, "1,2")]
    [TestCase(EmbeddingMetadata.InputMean, "1e99")]
    [TestCase(EmbeddingMetadata.InputMean, ",")]
    [TestCase(EmbeddingMetadata.InputScale, "0")]
    [TestCase(EmbeddingMetadata.InputScale, "Infinity")]
    [TestCase(EmbeddingMetadata.Distance, "5")]
    [TestCase(EmbeddingMetadata.Distance, "-1")]
    [TestCase(EmbeddingMetadata.Distance, "Manhattan")]
    [TestCase(EmbeddingMetadata.Distance, "Euclidean,Cosine")]
    [TestCase(EmbeddingMetadata.VerificationThreshold, "-0.1")]
    [TestCase(EmbeddingMetadata.VerificationThreshold, "NaN")]
    [TestCase(EmbeddingMetadata.VerificationThreshold, "Infinity")]
    [TestCase(EmbeddingMetadata.VerificationThreshold, "1e39")]
    [TestCase(EmbeddingMetadata.VerificationThreshold, "near")]
    [TestCase(EmbeddingMetadata.Identity, "another network")]
    [TestCase(EmbeddingMetadata.Dimension, "0")]
    [TestCase(EmbeddingMetadata.Normalized, "perhaps")]
    public void A_value_out_of_its_range_is_refused_when_the_file_is_loaded_and_named(string key, string value)
    {
        byte[] file = SmallNetwork.Bytes(new ImageInput(4, 4, ColorOrder.Grayscale), metadata =>
        {
            EmbeddingMetadata.WriteInput(metadata, new ImageInput(4, 4, ColorOrder.Grayscale));
            metadata[key] = value;
        });

        Assert.That(() => EmbeddingModel.Load(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains($"'{value}' under '{key}'"));
    }

    [TestCase(EmbeddingMetadata.InputHeight)]
    [TestCase(EmbeddingMetadata.InputColorOrder)]
    [TestCase(EmbeddingMetadata.InputMean)]
    [TestCase(EmbeddingMetadata.InputScale)]
    public void A_description_that_lacks_a_part_is_refused_and_the_part_named(string key)
    {
        byte[] file = SmallNetwork.Bytes(new ImageInput(4, 4, ColorOrder.Grayscale), metadata =>
        {
            EmbeddingMetadata.WriteInput(metadata, new ImageInput(4, 4, ColorOrder.Grayscale));
            metadata.Remove(key);
        });

        Assert.That(() => EmbeddingModel.Load(file), Throws.TypeOf<InvalidDataException>().With.Message.Contains($"'{key}'"));
    }

    [Test]
    public void A_cosine_distance_has_a_threshold_of_at_most_2()
    {
        Assert.That(Load(DistanceMetric.Cosine, 2).VerificationThreshold, Is.EqualTo(2));
        Assert.That(Load(DistanceMetric.Euclidean, 2.5f).VerificationThreshold, Is.EqualTo(2.5f));
        Assert.That(() => Load(DistanceMetric.Cosine, 2.5f), Throws.TypeOf<InvalidDataException>().With.Message.Contains(EmbeddingMetadata.VerificationThreshold));

        static EmbeddingModel Load(DistanceMetric distance, float threshold) => SmallNetwork.Create(describe: metadata =>
        {
            metadata[EmbeddingMetadata.Distance] = distance.ToString();
            metadata[EmbeddingMetadata.VerificationThreshold] = threshold.ToString(CultureInfo.InvariantCulture);
        });
    }

    [Test]
    public void An_image_of_more_values_than_an_array_holds_is_not_an_input() =>
        Assert.That(() => new ImageInput(40_000, 40_000), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("40000x40000"));
}
