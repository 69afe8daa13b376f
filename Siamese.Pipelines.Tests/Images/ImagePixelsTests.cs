using System.Text.Json;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

public sealed class ImagePixelsTests
{
    private static readonly string Folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "images");

    [TestCaseSource(nameof(OpaqueCases))]
    public void Read_is_equal_to_Pillow_on_opaque_images(PillowCase expected)
    {
        using MLImage image = MLImage.CreateFromFile(Path.Combine(Folder, expected.Image));

        bool resized = Read(image, expected.Input, out byte[] planes);

        Assert.That(planes, Is.EqualTo(expected.Planes));
        Assert.That(resized, Is.EqualTo((image.Width, image.Height) != (expected.Width, expected.Height)));
    }

    [TestCaseSource(nameof(TranslucentCases))]
    public void Read_finds_the_colour_of_translucent_pixels_as_well_as_premultiplying_left_it(PillowCase expected)
    {
        using MLImage image = MLImage.CreateFromFile(Path.Combine(Folder, expected.Image));
        byte[] alpha = [.. image.Pixels.ToArray().Where((_, i) => i % 4 == 3)];

        Read(image, expected.Input, out byte[] planes);

        Assert.That(alpha.Distinct().Count(), Is.GreaterThan(20));
        for (int i = 0; i < planes.Length; i++)
        {
            // Premultiplying rounds to a whole level, which dividing by alpha makes 255 / alpha levels wide. Luma may round once more.
            byte a = alpha[i % alpha.Length];
            double tolerance = a == 255 ? 0 : a == 0 ? 255 : (127.5 / a) + 1;
            Assert.That(planes[i], Is.EqualTo((int)expected.Planes[i]).Within(tolerance), $"value {i} with alpha {a}");
        }
    }

    [Test]
    public void A_file_with_alpha_is_held_premultiplied()
    {
        using MLImage image = MLImage.CreateFromFile(Path.Combine(Folder, "alpha.png"));

        byte[][] pixels = [.. image.Pixels.ToArray().Chunk(4)];

        Assert.That(pixels.Count(pixel => pixel[3] is > 0 and < 128), Is.GreaterThan(20));
        Assert.That(pixels.Count(pixel => pixel[..3].Max() > pixel[3]), Is.Zero);
    }

    [Test]
    public void Read_orders_the_channels_of_both_pixel_formats(
        [Values(MLPixelFormat.Bgra32, MLPixelFormat.Rgba32)] MLPixelFormat format,
        [Values] ColorOrder order)
    {
        // Two pixels: red 10, green 20, blue 30; and red 200, green 100, blue 50.
        byte[] pixels = format == MLPixelFormat.Rgba32
            ? [10, 20, 30, 255, 200, 100, 50, 255]
            : [30, 20, 10, 255, 50, 100, 200, 255];
        using MLImage image = MLImage.CreateFromPixels(2, 1, format, pixels);

        Read(image, new ImageInput(2, 1, order), out byte[] planes);

        // 0.299 x 10 + 0.587 x 20 + 0.114 x 30 = 18.15; 0.299 x 200 + 0.587 x 100 + 0.114 x 50 = 124.2
        byte[] expected = order switch
        {
            ColorOrder.Rgb => [10, 200, 20, 100, 30, 50],
            ColorOrder.Bgr => [30, 50, 20, 100, 10, 200],
            _ => [18, 124],
        };
        Assert.That(planes, Is.EqualTo(expected));
    }

    [TestCase(128, 64, 128)]
    [TestCase(51, 51, 255)]
    [TestCase(51, 200, 255)]
    [TestCase(3, 1, 85)]
    [TestCase(255, 77, 77)]
    [TestCase(0, 77, 77)]
    public void Read_divides_premultiplied_channels_by_alpha(int alpha, int channel, int expected)
    {
        using MLImage image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [(byte)channel, 0, 0, (byte)alpha]);

        Read(image, new ImageInput(1, 1), out byte[] planes);

        Assert.That(planes[0], Is.EqualTo(expected));
    }

    [Test]
    public void Gray_levels_are_the_same_in_grayscale()
    {
        byte[] pixels = [.. Enumerable.Range(0, 256).SelectMany(level => new[] { (byte)level, (byte)level, (byte)level, byte.MaxValue })];
        using MLImage image = MLImage.CreateFromPixels(256, 1, MLPixelFormat.Bgra32, pixels);

        Read(image, new ImageInput(256, 1, ColorOrder.Grayscale), out byte[] planes);

        Assert.That(planes, Is.EqualTo(Enumerable.Range(0, 256)));
    }

    [Test]
    public void Read_widens_the_same_bytes_to_floats([Values(1, 2, 11, 28, 57)] int side, [Values] ColorOrder order)
    {
        var input = new ImageInput(side, side, order);
        using MLImage image = MLImage.CreateFromFile(Path.Combine(Folder, "color.png"));
        var floats = new float[input.Length];

        bool resized = ImagePixels.Read(image, input, floats);

        Assert.That(Read(image, input, out byte[] bytes), Is.EqualTo(resized));
        Assert.That(floats, Is.EqualTo(bytes.Select(value => (float)value)));
    }

    [Test]
    public void A_destination_of_the_wrong_length_is_refused_with_both_numbers()
    {
        using MLImage image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);
        var input = new ImageInput(2, 2);

        Assert.That(
            () => ImagePixels.Read(image, input, new byte[11]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("destination")
                .And.Message.Contains("11 values").And.Message.Contains("takes 12"));
        Assert.That(
            () => ImagePixels.Read(image, input, new float[13]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("destination")
                .And.Message.Contains("13 values").And.Message.Contains("takes 12"));
    }

    [Test]
    public void A_missing_image_or_input_is_refused_by_name()
    {
        using MLImage image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);

        Assert.That(
            () => ImagePixels.Read(null!, new ImageInput(1, 1), new byte[3]),
            Throws.ArgumentNullException.With.Property("ParamName").EqualTo("image"));
        Assert.That(
            () => ImagePixels.Read(image, null!, new byte[3]),
            Throws.ArgumentNullException.With.Property("ParamName").EqualTo("input"));
    }

    [Test]
    public void A_disposed_image_is_refused()
    {
        MLImage image = MLImage.CreateFromPixels(1, 1, MLPixelFormat.Rgba32, [1, 2, 3, 255]);
        image.Dispose();

        Assert.That(
            () => ImagePixels.Read(image, new ImageInput(1, 1), new byte[3]),
            Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("The image has been disposed"));
    }

    private static bool Read(MLImage image, ImageInput input, out byte[] planes)
    {
        planes = new byte[input.Length];
        return ImagePixels.Read(image, input, planes);
    }

    private static IEnumerable<PillowCase> OpaqueCases() => Cases().Where(pillow => pillow.Image != "alpha.png");

    private static IEnumerable<PillowCase> TranslucentCases() => Cases().Where(pillow => pillow.Image == "alpha.png");

    private static PillowCase[] Cases() =>
        JsonSerializer.Deserialize<PillowCase[]>(File.ReadAllText(Path.Combine(Folder, "pillow.json")), JsonSerializerOptions.Web)!;

    public sealed record PillowCase(string Image, string Mode, int Width, int Height, byte[] Planes)
    {
        public ImageInput Input => new(Width, Height, Mode == "L" ? ColorOrder.Grayscale : ColorOrder.Rgb);

        public override string ToString() => $"{Image} {Mode} {Width}x{Height}";
    }
}
