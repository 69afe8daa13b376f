using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class LabeledImagesTests
{
    [Test]
    public void Image_takes_the_pixels_of_one_image()
    {
        var images = new LabeledImages([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [7, 8], Width: 3, Height: 2);

        Assert.That(images.Count, Is.EqualTo(2));
        Assert.That(images.Image(1).ToArray(), Is.EqualTo(new byte[] { 7, 8, 9, 10, 11, 12 }));
    }

    [TestCase(-1)]
    [TestCase(2)]
    public void Image_refuses_an_index_that_is_not_there(int index) =>
        Assert.That(
            () => new LabeledImages([1, 2], [7, 8], Width: 1, Height: 1).Image(index).Length,
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("index").And.Message.Contains("0 to 1"));

    [Test]
    public void Pixels_that_do_not_fit_the_labels_are_refused_with_both_numbers() =>
        Assert.That(
            () => new LabeledImages(new byte[11], [7, 8], Width: 3, Height: 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("Pixels")
                .And.Message.Contains("11 bytes").And.Message.Contains("12"));

    [TestCase(0, 1, "Width")]
    [TestCase(1, -1, "Height")]
    public void A_size_below_one_is_refused_by_name(int width, int height, string name) =>
        Assert.That(
            () => new LabeledImages([], [], width, height),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name));

    [Test]
    public void Null_pixels_or_labels_are_refused_by_name()
    {
        Assert.That(
            () => new LabeledImages(null!, [7], Width: 1, Height: 1), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("Pixels"));
        Assert.That(
            () => new LabeledImages([1], null!, Width: 1, Height: 1), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("Labels"));
    }
}
