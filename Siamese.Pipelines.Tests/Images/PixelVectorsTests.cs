using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

public sealed class PixelVectorsTests
{
    [TestCase(new[] { 784 }, 28, 28, ColorOrder.Grayscale)]
    [TestCase(new[] { 48, 64 }, 64, 48, ColorOrder.Grayscale)]
    [TestCase(new[] { 48, 12 }, 12, 48, ColorOrder.Grayscale)]
    [TestCase(new[] { 48, 64, 1 }, 64, 48, ColorOrder.Grayscale)]
    [TestCase(new[] { 1, 48, 64 }, 64, 48, ColorOrder.Grayscale)]
    [TestCase(new[] { 3, 48, 64 }, 64, 48, ColorOrder.Rgb)]
    [TestCase(new[] { 3, 3, 4 }, 4, 3, ColorOrder.Rgb)]
    [TestCase(new[] { 1, 3, 48, 64 }, 64, 48, ColorOrder.Rgb)]
    [TestCase(new[] { 1, 1, 28, 28 }, 28, 28, ColorOrder.Grayscale)]
    public void The_dimensions_tell_the_picture(int[] sizes, int width, int height, ColorOrder order)
    {
        Assert.That(PixelVectors.Infer(Type(sizes), out ImageInput? input), Is.Null);
        Assert.That(input, Is.EqualTo(new ImageInput(width, height, order)));
    }

    [TestCase("channel by channel", 48, 64, 3)]
    [TestCase("channel by channel", 32, 32, 3)]
    [TestCase("channel by channel", 1, 48, 64, 3)]
    [TestCase("do not tell", 48, 64, 4)]
    [TestCase("do not tell", 4, 48, 64)]
    [TestCase("do not tell", 3, 48, 3)]
    [TestCase("do not tell", 3, 48, 1)]
    [TestCase("do not tell", 1, 48, 3)]
    [TestCase("do not tell", 1, 784)]
    [TestCase("do not tell", 784, 1)]
    [TestCase("do not tell", 2, 3, 48, 64)]
    [TestCase("do not tell", 1, 1, 1, 28, 28)]
    [TestCase("not a square number", 3072)]
    public void Dimensions_that_do_not_are_refused(string reason, params int[] sizes)
    {
        Assert.That(PixelVectors.Infer(Type(sizes), out ImageInput? input), Does.Contain(reason));
        Assert.That(input, Is.Null);
    }

    [TestCase(ColorOrder.Rgb, 9216)]
    [TestCase(ColorOrder.Rgb, 3, 48, 64)]
    [TestCase(ColorOrder.Bgr, 3, 48, 64)]
    [TestCase(ColorOrder.Rgb, 1, 3, 48, 64)]
    [TestCase(ColorOrder.Rgb, 1, 9216)]
    [TestCase(ColorOrder.Grayscale, 3072)]
    [TestCase(ColorOrder.Grayscale, 48, 64)]
    [TestCase(ColorOrder.Grayscale, 48, 64, 1)]
    [TestCase(ColorOrder.Grayscale, 1, 48, 64)]
    [TestCase(ColorOrder.Grayscale, 1, 1, 48, 64)]
    public void Dimensions_that_fit_an_input_of_64x48_are_taken(ColorOrder order, params int[] sizes) =>
        Assert.That(PixelVectors.Compare(Type(sizes), new ImageInput(64, 48, order)), Is.Null);

    [TestCase(ColorOrder.Rgb, "channel by channel", 48, 64, 3)]
    [TestCase(ColorOrder.Rgb, "(3, 48, 64)", 64, 48, 3)]
    [TestCase(ColorOrder.Rgb, "(3, 48, 64)", 3, 64, 48)]
    [TestCase(ColorOrder.Rgb, "(3, 48, 64)", 96, 96)]
    [TestCase(ColorOrder.Rgb, "(3, 48, 64)", 1, 96, 96)]
    [TestCase(ColorOrder.Rgb, "9216 values", 3072)]
    [TestCase(ColorOrder.Grayscale, "(1, 48, 64)", 64, 48)]
    [TestCase(ColorOrder.Grayscale, "(1, 48, 64)", 3, 32, 32)]
    [TestCase(ColorOrder.Grayscale, "(1, 48, 64)", 3072, 1)]
    public void Dimensions_of_another_picture_are_refused_though_the_number_of_values_fits(ColorOrder order, string reason, params int[] sizes) =>
        Assert.That(PixelVectors.Compare(Type(sizes), new ImageInput(64, 48, order)), Does.Contain(reason));

    private static VectorDataViewType Type(params int[] sizes) => new(NumberDataViewType.Single, sizes);
}
