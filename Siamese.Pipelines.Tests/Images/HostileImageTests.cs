using System.Buffers.Binary;
using System.Diagnostics;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using SkiaSharp;

namespace Siamese.Pipelines.Tests.Images;

/// <summary>Image files whose headers lie. Each is read from memory and from disk, and costs no more than a few megabytes.</summary>
public sealed class HostileImageTests
{
    private const long MaximumPixels = 1_000_000;

    // Such an image would take 2 to 4 GB, or end the process.
    [TestCase(0x8000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    [TestCase(0x7FFF_FFFFu)]
    [TestCase(0x4000_0000u)]
    [TestCase(119u)]
    public void A_bitmap_whose_pixels_start_beyond_its_end_is_refused(uint offset) => Refuse(Bmp(offset: offset), "cut short");

    [TestCase(-4)]
    [TestCase(int.MinValue)]
    public void A_bitmap_of_a_negative_width_is_refused(int width) => Refuse(Bmp(width: width), "does not hold an image");

    [TestCase(int.MinValue)]
    [TestCase(int.MaxValue)]
    [TestCase(-1_000_000)]
    public void A_bitmap_of_a_huge_height_is_refused(int height) => Refuse(Bmp(height: height), "pixels, but at most 1,000,000");

    [TestCase(0x8000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    [TestCase(3u)]
    public void A_bitmap_of_an_absurd_header_is_refused(uint header) => Refuse(Bmp(header: header), "does not hold an image");

    [Test]
    public void A_bitmap_of_an_absurd_palette_is_refused([Values(0x7FFF_FFFFu, 0xFFFF_FFFFu)] uint colors) =>
        Refuse(Bmp(bits: 8, colors: colors), "cut short", "does not hold an image");

    [Test]
    public void A_bitmap_that_was_cut_short_is_refused([Values(1, 13, 40)] int missing, [Values] bool topDown)
    {
        byte[] whole = Bmp(height: topDown ? -4 : 4);

        Refuse(whole[..^missing], "cut short");
        using MLImage image = ImageFile.Read(whole, "whole");
        Assert.That((image.Width, image.Height), Is.EqualTo((4, 4)));
    }

    [Test]
    public void A_bitmap_packed_by_runs_that_was_cut_short_is_refused() => Refuse(Bmp(bits: 8, compression: 1, colors: 2, rest: 8), "cut short", "does not hold an image");

    [TestCase(1, 1, 0, 0, 20_000, 20_000)]
    [TestCase(1, 1, 65_535, 65_535, 1, 1)]
    [TestCase(65_535, 65_535, 0, 0, 1, 1)]
    [TestCase(0, 0, 0, 0, 2_000, 2_000)]
    public void A_GIF_is_measured_as_the_decoder_measures_it(int screenWidth, int screenHeight, int left, int top, int width, int height) =>
        Refuse(Gif(screenWidth, screenHeight, left, top, width, height), "pixels, but at most 1,000,000", "does not hold an image");

    [Test]
    public void What_a_frame_leaves_out_is_transparent()
    {
        byte[] file = Gif(64, 64, 3, 5, 1, 1);
        byte[] other = Encode(SKEncodedImageFormat.Png, 64, 64);
        using MLImage expected = MLImage.CreateFromStream(new MemoryStream(file));
        for (int i = 0; i < 3; i++)
        {
            // Leaves bright pixels behind where the next image is decoded.
            ImageFile.Read(other, "other").Dispose();

            using MLImage found = ImageFile.Read(file, "frame");

            Assert.That(found.Pixels.SequenceEqual(expected.Pixels));
        }
    }

    [Test]
    public void A_GIF_that_was_cut_short_is_refused()
    {
        byte[] whole = Gif(1, 1, 0, 0, 1, 1);

        Refuse(whole[..^4], "cut short", "does not hold an image");
        using MLImage image = ImageFile.Read(whole, "whole");
        Assert.That((image.Width, image.Height), Is.EqualTo((1, 1)));
    }

    [Test]
    public void A_JPEG_with_two_sizes_is_refused([Values] bool largeFirst)
    {
        byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg, 16, 16);
        int start = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
        byte[] frame = jpeg[start..(start + 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg.AsSpan(start + 2)))];
        byte[] large = [.. frame[..5], 0x40, 0, 0x40, 0, .. frame[9..]];
        byte[] both = largeFirst ? [.. large, .. frame] : [.. frame, .. large];

        Refuse([.. jpeg[..start], .. both, .. jpeg[(start + frame.Length)..]], "pixels, but at most 1,000,000", "does not hold an image");
    }

    [Test]
    public void A_JPEG_of_a_thousand_scans_is_refused_before_it_is_decoded()
    {
        byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg, 16, 16);
        int start = jpeg.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xDA]);
        byte[] scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0, 0];
        byte[] scans = [.. Enumerable.Repeat(scan, 1000).SelectMany(bytes => bytes)];

        // What looks like the end of the image is inside of a comment, or stuffed, or after the start of a segment.
        byte[] comment = [0xFF, 0xFE, 0, 6, 0xFF, 0xD9, 0xFF, 0xD9];
        Refuse([.. jpeg[..start], .. scans, .. jpeg[start..]], "does not hold an image");
        Refuse([.. jpeg[..start], .. comment, 0xFF, 0xFF, 0xFF, 0, 0xD9, 0xFF, 0xD0, .. scans, .. jpeg[start..]], "does not hold an image");
    }

    [Test]
    public void Bytes_of_a_JPEG_that_look_like_scans_are_not_counted([Values] bool atEnd)
    {
        byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg, 16, 16);
        byte[] scans = [.. Enumerable.Repeat(new byte[] { 0xFF, 0xDA, 1 }, 1000).SelectMany(bytes => bytes)];
        byte[] segment = [0xFF, 0xE2, 0, 0, .. scans];
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(segment.Length - 2));
        using MLImage expected = ImageFile.Read(jpeg, "photograph");

        // A phone appends a film to a photograph, and makers of cameras keep previews in segments.
        byte[] file = atEnd ? [.. jpeg, .. scans] : [.. jpeg[..2], .. segment, .. jpeg[2..]];
        using MLImage found = ImageFile.Read(file, "photograph");

        Assert.That(found.Pixels.SequenceEqual(expected.Pixels));
    }

    [Test]
    public void A_file_is_refused_wherever_it_was_cut(
        [Values(SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Webp)] SKEncodedImageFormat format)
    {
        byte[] whole = Encode(format, 40, 30);

        // The last 12 bytes of a PNG hold nothing of the picture.
        for (int length = 0; length < whole.Length - 12; length += 7)
        {
            byte[] cut = whole[..length];

            Assert.That(() => ImageFile.Read(cut, "cut"), Throws.TypeOf<InvalidDataException>(), $"{length} of {whole.Length} bytes");
        }
    }

    [TestCase(new byte[] { 0, 0, 0x87, 0xFF, 0xFF, 0xFF, 0x7F, 0x87, 0xFF, 0xFF, 0xFF, 0x7F, 0, 0 }, TestName = "A wireless bitmap")]
    [TestCase(new byte[] { 0, 0, 1, 0, 1, 0, 4, 4, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x80, 0, 0, 0, 0 }, TestName = "An icon")]
    [TestCase(new byte[] { 0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0, 1, 4, 0, 1, 0, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0 }, TestName = "A TIFF file")]
    public void A_format_that_is_not_read_is_refused(byte[] file) => Refuse(file, "does not hold an image");

    [Test]
    public void What_an_array_cannot_hold_is_refused_whatever_the_limit()
    {
        using var folder = new TemporaryFolder();
        byte[] gif = Gif(60_000, 60_000, 0, 0, 1, 1);

        Assert.That(
            () => ImageFile.Read(gif, "upload", new ImageFileOptions { MaximumPixels = long.MaxValue }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("60,000 x 60,000").And.Message.Contains("memory"));
    }

    [TestCase(SKEncodedImageFormat.Png)]
    [TestCase(SKEncodedImageFormat.Jpeg)]
    [TestCase(SKEncodedImageFormat.Webp)]
    public void An_image_is_decoded_as_MLImage_decodes_it(SKEncodedImageFormat format)
    {
        foreach ((int width, int height) in new[] { (1, 1), (7, 5), (640, 480) })
        {
            byte[] file = Encode(format, width, height);
            using MLImage expected = MLImage.CreateFromStream(new MemoryStream(file));

            using MLImage found = ImageFile.Read(file, "image");

            Assert.That((found.Width, found.Height, found.PixelFormat), Is.EqualTo((width, height, expected.PixelFormat)));
            Assert.That(found.Pixels.SequenceEqual(expected.Pixels), $"{width} x {height}");
        }
    }

    private static void Refuse(byte[] file, params string[] reasons)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("hostile", file);
        var options = new ImageFileOptions { MaximumPixels = MaximumPixels };
        using var process = Process.GetCurrentProcess();
        long before = process.PeakWorkingSet64;

        string[] messages =
        [
            Assert.Throws<InvalidDataException>(() => ImageFile.Read(file, "hostile", options))!.Message,
            Assert.Throws<InvalidDataException>(() => ImageFile.Read(path, options))!.Message,
        ];

        process.Refresh();
        Assert.That(messages, Has.All.Matches<string>(message => reasons.Any(message!.Contains)));
        Assert.That(process.PeakWorkingSet64 - before, Is.LessThan(256L << 20), "bytes of memory; other tests run beside this one");
    }

    private static byte[] Bmp(
        uint offset = 54, uint header = 40, int width = 4, int height = 4, int bits = 24, uint compression = 0, uint colors = 0, int rest = 48)
    {
        var file = new byte[54 + rest];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(10), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(14), header);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), height);
        file[26] = 1;
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), (short)bits);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(30), compression);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(46), colors);
        return file;
    }

    /// <summary>One frame on a screen; its data are those of a single pixel.</summary>
    private static byte[] Gif(int screenWidth, int screenHeight, int left, int top, int width, int height)
    {
        byte[] file =
        [
            .. "GIF89a"u8, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x44, 1, 0, 0x3B,
        ];
        foreach ((int at, int value) in new[] { (6, screenWidth), (8, screenHeight), (20, left), (22, top), (24, width), (26, height) })
        {
            BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), (ushort)value);
        }

        return file;
    }

    private static byte[] Encode(SKEncodedImageFormat format, int width, int height)
    {
        var random = new Random(width);
        var pixels = new byte[4 * width * height];
        random.NextBytes(pixels);
        for (int alpha = 3; alpha < pixels.Length; alpha += 4)
        {
            pixels[alpha] = byte.MaxValue;
        }

        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData data = image.Encode(format, 90);
        return data.ToArray();
    }
}
