using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Images;

public sealed class BilinearResizeTests
{
    [Test]
    public void Resize_is_within_a_level_of_the_triangle_filter_in_double_precision([Range(1, 40)] int seed)
    {
        var random = new Random(seed);
        (int width, int height) = (random.Next(1, 60), random.Next(1, 60));
        (int targetWidth, int targetHeight) = (random.Next(1, 70), random.Next(1, 70));
        byte[] source = Noise(random, width * height);

        byte[] resized = Resize(source, width, height, targetWidth, targetHeight);

        // Half a level for each of the two passes, and a hair for the fixed-point weights.
        double[] expected = TriangleFilter.Resize(source, width, height, targetWidth, targetHeight);
        Assert.That(resized, Is.EqualTo(expected).Within(1.001), $"{width}x{height} to {targetWidth}x{targetHeight}");
    }

    [TestCase(2000, 1, 7, 1)]
    [TestCase(1, 2000, 1, 7)]
    [TestCase(300, 200, 1, 1)]
    [TestCase(1, 1, 130, 70)]
    public void Resize_is_within_a_level_of_the_triangle_filter_at_extreme_sizes(int width, int height, int targetWidth, int targetHeight)
    {
        byte[] source = Noise(new Random(1), width * height);

        byte[] resized = Resize(source, width, height, targetWidth, targetHeight);

        double[] expected = TriangleFilter.Resize(source, width, height, targetWidth, targetHeight);
        Assert.That(resized, Is.EqualTo(expected).Within(1.001));
    }

    [Test]
    public void Resize_keeps_a_flat_image_flat([Values(0, 1, 127, 254, 255)] int level, [Values(1, 3, 50, 333)] int side)
    {
        byte[] source = [.. Enumerable.Repeat((byte)level, 100 * 40)];

        Assert.That(Resize(source, 100, 40, side, side), Is.All.EqualTo((byte)level));
    }

    [Test]
    public void Resize_stays_white_where_the_rounding_of_many_weights_adds_up()
    {
        byte[] source = [.. Enumerable.Repeat(byte.MaxValue, 100_000)];

        Assert.That(Resize(source, 100_000, 1, 3, 1), Is.All.EqualTo(byte.MaxValue));
        Assert.That(Resize(source, 1, 100_000, 1, 3), Is.All.EqualTo(byte.MaxValue));
    }

    [Test]
    public void Resize_treats_each_plane_alone()
    {
        var random = new Random(7);
        byte[][] planes = [.. Enumerable.Range(0, 3).Select(_ => Noise(random, 33 * 21))];

        var together = new byte[3 * 10 * 40];
        BilinearResize.Resize(planes.SelectMany(plane => plane).ToArray(), 33, 21, together, 40, 10, planes: 3);

        Assert.That(together, Is.EqualTo(planes.SelectMany(plane => Resize(plane, 33, 21, 40, 10))));
    }

    [Test]
    public void Spans_that_do_not_fit_their_sizes_are_refused_with_both_numbers()
    {
        Assert.That(
            () => BilinearResize.Resize(new byte[5], 2, 3, new byte[1], 1, 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("source")
                .And.Message.Contains("5 bytes").And.Message.Contains("take 6"));
        Assert.That(
            () => BilinearResize.Resize(new byte[6], 2, 3, new byte[2], 1, 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("destination")
                .And.Message.Contains("2 bytes").And.Message.Contains("take 1"));
    }

    [Test]
    public void A_size_below_one_is_refused_by_name() =>
        Assert.That(
            () => BilinearResize.Resize([], 0, 3, new byte[1], 1, 1),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("width"));

    private static byte[] Resize(byte[] source, int width, int height, int targetWidth, int targetHeight)
    {
        var destination = new byte[targetWidth * targetHeight];
        BilinearResize.Resize(source, width, height, destination, targetWidth, targetHeight);
        return destination;
    }

    private static byte[] Noise(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
