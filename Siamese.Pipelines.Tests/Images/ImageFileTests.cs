using System.Buffers;
using System.Buffers.Binary;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

public sealed class ImageFileTests
{
    private static readonly string Folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "images");

    // A picture of 3 x 2 that stands upright as  1 2 3 / 4 5 6, and how a camera that was held otherwise stored it: EXIF 2.3, tag 0x0112.
    // "Row 0 is the top, column 0 the right" (2), "the bottom, the right" (3), and so on.
    private static readonly (int Orientation, int Width, byte[] Stored)[] Lying =
    [
        (1, 3, [1, 2, 3, 4, 5, 6]),
        (2, 3, [3, 2, 1, 6, 5, 4]),
        (3, 3, [6, 5, 4, 3, 2, 1]),
        (4, 3, [4, 5, 6, 1, 2, 3]),
        (5, 2, [1, 4, 2, 5, 3, 6]),
        (6, 2, [3, 6, 2, 5, 1, 4]),
        (7, 2, [6, 3, 5, 2, 4, 1]),
        (8, 2, [4, 1, 5, 2, 6, 3]),
    ];

    [Test]
    public void An_image_is_turned_upright_as_its_EXIF_says([Range(1, 8)] int orientation, [Values] bool littleEndian)
    {
        (_, int width, byte[] stored) = Lying[orientation - 1];
        using var folder = new TemporaryFolder();
        string path = folder.Write("lying.png", WithChunk(Png(width, stored), "eXIf", Exif(orientation, littleEndian)));

        using MLImage image = ImageFile.Read(path);

        Assert.That((image.Width, image.Height), Is.EqualTo((3, 2)));
        Assert.That(Red(image), Is.EqualTo(new byte[] { 10, 20, 30, 40, 50, 60 }));
    }

    [Test]
    public void The_orientation_is_left_alone_where_the_options_say_so()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("lying.png", WithChunk(Png(2, Lying[5].Stored), "eXIf", Exif(6, littleEndian: true)));

        using MLImage image = ImageFile.Read(path, new ImageFileOptions { HonorOrientation = false });

        Assert.That(Red(image), Is.EqualTo(new byte[] { 30, 60, 20, 50, 10, 40 }));
    }

    [TestCase("exif-6.jpg")]
    [TestCase("exif-6.webp")]
    [TestCase("exif-6.png")]
    public void Files_that_another_program_wrote_are_turned_too(string name)
    {
        // Pillow stored 48 x 32 pixels, red above and blue below, and orientation 6: upright, red is at the right.
        using MLImage image = ImageFile.Read(Path.Combine(Folder, name));
        byte[] red = Red(image);

        Assert.That((image.Width, image.Height), Is.EqualTo((32, 48)));
        Assert.That(red[(24 * 32) + 4], Is.LessThan(40));
        Assert.That(red[(24 * 32) + 28], Is.GreaterThan(215));
    }

    [Test]
    public void An_orientation_that_is_damaged_or_unknown_leaves_the_image_as_it_is(
        [Values(0, 9, 4096)] int orientation, [Values(10, 16, 20, 26)] int length)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("odd.png", WithChunk(Png(3, Lying[0].Stored), "eXIf", Exif(orientation, true)[..length]));

        using MLImage image = ImageFile.Read(path);

        Assert.That(Red(image), Is.EqualTo(new byte[] { 10, 20, 30, 40, 50, 60 }));
    }

    [TestCase("gray.png", "gray.jpg")]
    [TestCase("color.png", "color.gif")]
    [TestCase("alpha.png", "alpha.bmp")]
    public void A_file_is_read_by_its_content_whatever_its_name(string name, string misnamed)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(misnamed, File.ReadAllBytes(Path.Combine(Folder, name)));
        using MLImage expected = MLImage.CreateFromFile(Path.Combine(Folder, name));

        using MLImage found = ImageFile.Read(path);

        Assert.That((found.Width, found.Height), Is.EqualTo((expected.Width, expected.Height)));
        Assert.That(found.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
    }

    [TestCase("header.png")]
    [TestCase("header.jpg")]
    [TestCase("header.gif")]
    [TestCase("header.bmp")]
    [TestCase("header.webp")]
    public void A_huge_picture_is_refused_by_its_header_alone(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(name, Header(Path.GetExtension(name), 16_000, 15_000));
        long before = GC.GetTotalAllocatedBytes();

        Assert.That(
            () => ImageFile.Read(path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("16,000 x 15,000").And.Message.Contains("100,000,000"));
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(4 << 20));
    }

    [Test]
    public void A_picture_of_20000_by_20000_is_refused_and_one_at_the_limit_is_not()
    {
        using var folder = new TemporaryFolder();
        string huge = folder.Write("huge.png", Header(".png", 20_000, 20_000));

        Assert.That(() => ImageFile.Read(huge), Throws.TypeOf<InvalidDataException>().With.Message.Contains("20,000 x 20,000"));

        string small = folder.Write("small.png", Png(3, Lying[0].Stored));
        Assert.That(() => ImageFile.Read(small, new ImageFileOptions { MaximumPixels = 5 }), Throws.TypeOf<InvalidDataException>().With.Message.Contains("3 x 2"));
        using MLImage image = ImageFile.Read(small, new ImageFileOptions { MaximumPixels = 6 });
        Assert.That(image.Width, Is.EqualTo(3));
    }

    [Test]
    public void A_missing_an_empty_and_a_broken_file_are_refused_by_path()
    {
        using var folder = new TemporaryFolder();
        byte[] png = File.ReadAllBytes(Path.Combine(Folder, "color.png"));
        string text = folder.Write("text.jpg", "not an image"u8);

        Assert.That(() => ImageFile.Read(folder.File("none.jpg")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.jpg"));
        Assert.That(() => ImageFile.Read(folder.Write("empty.jpg", [])), Throws.TypeOf<InvalidDataException>().With.Message.Contains("empty.jpg").And.Message.Contains("is empty"));
        Assert.That(() => ImageFile.Read(text), Throws.TypeOf<InvalidDataException>().With.Message.Contains(text).And.Message.Contains("PNG, JPEG"));
        foreach (int length in new[] { 1, 8, 15, 20, 29, 40 })
        {
            Assert.That(() => ImageFile.Read(folder.Write("cut.png", png.AsSpan(0, length))), Throws.TypeOf<InvalidDataException>().With.Message.Contains("cut.png"), $"{length} bytes");
        }
    }

    [TestCase("exif-6.jpg", 2)]
    [TestCase("color.png", 13)]
    [TestCase("exif-6.webp", 10)]
    public void A_file_that_was_cut_short_is_refused_rather_than_filled_with_black(string name, int missing)
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(Path.Combine(Folder, name));
        string path = folder.Write(name, whole.AsSpan(0, whole.Length - missing));

        Assert.That(() => ImageFile.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("cut short"));
    }

    [TestCase("exif-6.jpg")]
    [TestCase("color.png")]
    [TestCase("exif-6.webp")]
    public void What_follows_an_image_in_its_file_is_left_alone(string name)
    {
        using var folder = new TemporaryFolder();
        using MLImage expected = ImageFile.Read(Path.Combine(Folder, name));

        using MLImage found = ImageFile.Read(folder.Write(name, [.. File.ReadAllBytes(Path.Combine(Folder, name)), .. new byte[100]]));

        Assert.That(found.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
    }

    [TestCase("exif-6.jpg")]
    [TestCase("exif-6.webp")]
    [TestCase("exif-6.png")]
    [TestCase("color.png")]
    public void A_file_in_memory_gives_the_pixels_of_the_file_on_disk(string name)
    {
        string path = Path.Combine(Folder, name);
        using MLImage expected = ImageFile.Read(path);
        byte[] file = File.ReadAllBytes(path);
        IMemoryOwner<byte> owner = new ForeignMemory([.. new byte[5], .. file, .. new byte[7]]);

        using MLImage found = ImageFile.Read(file, name);
        using MLImage sliced = ImageFile.Read(owner.Memory.Slice(5, file.Length), name);

        Assert.That((found.Width, found.Height), Is.EqualTo((expected.Width, expected.Height)));
        Assert.That(found.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
        Assert.That(sliced.Pixels.ToArray(), Is.EqualTo(expected.Pixels.ToArray()));
    }

    [Test]
    public void A_file_in_memory_is_refused_by_its_name_for_what_a_file_on_disk_is()
    {
        byte[] png = File.ReadAllBytes(Path.Combine(Folder, "color.png"));

        Assert.That(() => ImageFile.Read(ReadOnlyMemory<byte>.Empty, "upload"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("'upload'").And.Message.Contains("is empty"));
        Assert.That(() => ImageFile.Read("not an image"u8.ToArray(), "upload"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("PNG, JPEG"));
        Assert.That(() => ImageFile.Read(png.AsMemory(0, png.Length - 13), "upload"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("'upload' is cut short"));
        Assert.That(() => ImageFile.Read(Header(".jpg", 20_000, 20_000), "upload"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("20,000 x 20,000"));
        Assert.That(
            () => ImageFile.Read(Png(3, Lying[0].Stored), "upload", new ImageFileOptions { MaximumPixels = 5 }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("3 x 2"));
        Assert.That(() => ImageFile.Read(png, " "), Throws.ArgumentException.With.Property("ParamName").EqualTo("name"));
    }

    [Test]
    public void A_palette_is_looked_up()
    {
        // Written by hand: 2 x 1 pixels of one bit, indices 1 and 0 of the palette (10, 20, 30), (200, 100, 50); zlib stores the row as it is.
        byte[] data = [0x78, 0x01, 0x01, 2, 0, 0xFD, 0xFF, 0x00, 0x80, 0x00, 0x82, 0x00, 0x81];
        byte[] png =
        [
            0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR", [0, 0, 0, 2, 0, 0, 0, 1, 1, 3, 0, 0, 0]),
            .. Chunk("PLTE", [10, 20, 30, 200, 100, 50]), .. Chunk("IDAT", data), .. Chunk("IEND", []),
        ];
        using var folder = new TemporaryFolder();
        using MLImage image = ImageFile.Read(folder.Write("palette.png", png));

        Assert.That(Red(image), Is.EqualTo(new byte[] { 200, 10 }));
    }

    private static byte[] Red(MLImage image)
    {
        var input = new ImageInput(image.Width, image.Height);
        var planes = new byte[input.Length];
        ImagePixels.Read(image, input, planes);
        return planes[..(image.Width * image.Height)];
    }

    private static byte[] Png(int width, byte[] levels)
    {
        byte[] pixels = [.. levels.SelectMany(level => new[] { (byte)(10 * level), (byte)0, (byte)0, byte.MaxValue })];
        using MLImage image = MLImage.CreateFromPixels(width, levels.Length / width, MLPixelFormat.Rgba32, pixels);
        using var folder = new TemporaryFolder();
        image.Save(folder.File("image.png"));
        return File.ReadAllBytes(folder.File("image.png"));
    }

    private static byte[] Exif(int orientation, bool littleEndian)
    {
        // A TIFF header and a directory of two entries, of which the second is the orientation (tag 0x0112, one short).
        byte[] exif = new byte[8 + 2 + (2 * 12) + 4];
        (littleEndian ? "II*\0"u8 : "MM\0*"u8).CopyTo(exif);
        void UInt16(int at, int value)
        {
            exif[at + (littleEndian ? 0 : 1)] = (byte)value;
            exif[at + (littleEndian ? 1 : 0)] = (byte)(value >> 8);
        }

        exif[littleEndian ? 4 : 7] = 8;
        UInt16(8, 2);
        UInt16(10, 0x0100);
        UInt16(12, 3);
        UInt16(22, 0x0112);
        UInt16(24, 3);
        exif[littleEndian ? 26 : 29] = 1;
        UInt16(30, orientation);
        return exif;
    }

    // After the signature and IHDR: 8 bytes and 25.
    private static byte[] WithChunk(byte[] png, string name, byte[] content) => [.. png[..33], .. Chunk(name, content), .. png[33..]];

    private static byte[] Chunk(string name, byte[] content)
    {
        byte[] chunk = [.. new byte[4], .. name.Select(letter => (byte)letter), .. content, .. new byte[4]];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc32(chunk.AsSpan(4, chunk.Length - 8)));
        return chunk;
    }

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }

    private static byte[] Header(string format, int width, int height)
    {
        byte[] w = [(byte)(width >> 8), (byte)width];
        byte[] h = [(byte)(height >> 8), (byte)height];
        byte[] littleWidth = [w[1], w[0]];
        byte[] littleHeight = [h[1], h[0]];
        byte[] rest = new byte[64];
        return format switch
        {
            ".png" => [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, .. w, 0, 0, .. h, 8, 2, 0, 0, 0, .. rest],
            ".jpg" => [0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, 0xC2, 0, 17, 8, .. h, .. w, 3, .. rest],
            ".gif" => [.. "GIF89a"u8, .. littleWidth, .. littleHeight, .. rest],
            ".bmp" => [.. "BM"u8, .. new byte[12], 40, 0, 0, 0, .. littleWidth, 0, 0, .. littleHeight, 0, 0, .. rest],
            _ => [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBPVP8 "u8, 0, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A, .. littleWidth, .. littleHeight, .. rest],
        };
    }

    /// <summary>Memory that does not say that it is an array, as that of native code does not.</summary>
    private sealed class ForeignMemory(byte[] bytes) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => bytes;

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
