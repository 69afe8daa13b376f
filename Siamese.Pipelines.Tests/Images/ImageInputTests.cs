using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

public sealed class ImageInputTests
{
    [Test]
    public void Length_counts_channels_rows_and_columns()
    {
        Assert.That(new ImageInput(28, 20, ColorOrder.Grayscale).Length, Is.EqualTo(560));
        Assert.That(new ImageInput(28, 20, ColorOrder.Bgr).Length, Is.EqualTo(1680));
    }

    [TestCase(0, 28, "width")]
    [TestCase(28, -1, "height")]
    public void A_size_below_one_is_refused_by_name(int width, int height, string name) =>
        Assert.That(
            () => new ImageInput(width, height),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name));

    [Test]
    public void Means_that_fit_no_channel_are_refused_with_both_numbers() =>
        Assert.That(
            () => new ImageInput(28, 28) { Mean = [1f, 2f] },
            Throws.ArgumentException.With.Message.Contains("2 values").And.Message.Contains("1 or 3"));

    [Test]
    public void A_scale_of_zero_is_refused() =>
        Assert.That(() => new ImageInput(28, 28) { Scale = [0f] }, Throws.ArgumentException.With.Message.Contains("Scale"));

    [Test]
    public void Inputs_are_equal_when_their_values_are()
    {
        var first = new ImageInput(224, 224, ColorOrder.Bgr) { Mean = [93.5940f, 104.7624f, 129.1863f] };
        var second = new ImageInput(224, 224, ColorOrder.Bgr) { Mean = [93.5940f, 104.7624f, 129.1863f] };

        Assert.That(first, Is.EqualTo(second));
        Assert.That(first, Is.Not.EqualTo(second with { Mean = [0f] }));
    }
}
