using Siamese.Samples.Shared;

namespace Siamese.Pipelines.Tests.Samples;

public sealed class ThumbnailTests
{
    [Test]
    public void Pixels_of_another_count_are_refused()
    {
        Assert.That(
            () => Thumbnail.Gray(28, 28, new byte[784 * 3]),
            Throws.ArgumentException.With.Message.Contains("2352 bytes").And.Message.Contains("take 784"));
        Assert.That(() => Thumbnail.Rgb(2, 2, new byte[4]), Throws.ArgumentException.With.Message.Contains("take 12"));
        Assert.That(() => Thumbnail.Gray(0, 2, Array.Empty<byte>()), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Points_are_read_from_rows_of_two()
    {
        PlanePoint[] expected = [new(1, 2), new(3, 4)];

        Assert.That(PlanePoint.FromRows(new float[,] { { 1, 2 }, { 3, 4 } }), Is.EqualTo(expected));
        Assert.That(PlanePoint.FromRows([[1, 2], [3, 4]]), Is.EqualTo(expected));
        Assert.That(() => PlanePoint.FromRows(new float[4, 3]), Throws.ArgumentException.With.Message.Contains("3 values"));
        Assert.That(() => PlanePoint.FromRows([[1, 2], [3]]), Throws.ArgumentException.With.Message.Contains("Row 1 has 1 values"));
    }
}
