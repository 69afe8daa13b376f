using System.Buffers.Binary;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

/// <summary>Headers that are odd or damaged. Each is read from memory and from disk, with one result.</summary>
public sealed class ImageHeaderTests
{
    private const uint Count = 8 + 2 + 12;

    [Test]
    public void The_orientation_is_read_wherever_its_directory_stands(
        [Range(1, 8)] int orientation, [Values] bool little, [Values(8, 9, 26, 1000)] int directory, [Values(0, 1, 5)] int before)
    {
        byte[] exif = Exif(little, directory, [.. Enumerable.Repeat((0x0100, 3, 1, 7), before), (0x0112, 3, 1, orientation)]);

        // It may be the last of the block: what follows a directory, the place of the next one, is not needed.
        Assert.That(ImageHeader.ReadExif(exif), Is.EqualTo((ImageOrientation)orientation));
        Assert.That(ImageHeader.ReadExif([.. exif, 0, 0, 0, 0]), Is.EqualTo((ImageOrientation)orientation));
        Assert.That(ImageHeader.ReadExif(exif.AsSpan(0, exif.Length - 1)), Is.EqualTo(ImageOrientation.TopLeft));
    }

    [Test]
    public void A_directory_out_of_range_is_passed_over(
        [Values] bool little, [Values(0u, 4u, Count - 2u, Count - 1u, Count, Count + 1u, 0x7FFF_FFFEu, 0x7FFF_FFFFu, 0x8000_0000u, 0xFFFF_FFF4u, 0xFFFF_FFFFu)] uint directory)
    {
        byte[] exif = Exif(little, 8, [(0x0112, 3, 1, 6)]);
        Assert.That(exif, Has.Length.EqualTo(Count));
        UInt32(exif.AsSpan(4), directory, little);

        Assert.That(ImageHeader.ReadExif(exif), Is.EqualTo(ImageOrientation.TopLeft));
    }

    [TestCase(0, ImageOrientation.TopLeft)]
    [TestCase(1, ImageOrientation.TopLeft)]
    [TestCase(2, ImageOrientation.RightTop)]
    [TestCase(3, ImageOrientation.RightTop)]
    [TestCase(65_535, ImageOrientation.RightTop)]
    public void A_directory_has_as_many_entries_as_it_says_and_no_more_than_there_are(int entries, object expected)
    {
        foreach (bool little in new[] { false, true })
        {
            byte[] exif = Exif(little, 8, [(0x0100, 3, 1, 7), (0x0112, 3, 1, 6)]);
            UInt16(exif.AsSpan(8), entries, little);

            Assert.That(ImageHeader.ReadExif(exif), Is.EqualTo(expected));
        }
    }

    [TestCase(0x0111, 3, 6)]
    [TestCase(0x0113, 3, 6)]
    [TestCase(0x1201, 3, 6)]
    [TestCase(0x0112, 1, 6)]
    [TestCase(0x0112, 4, 6)]
    [TestCase(0x0112, 3, 0)]
    [TestCase(0x0112, 3, 9)]
    [TestCase(0x0112, 3, 0x0600)]
    [TestCase(0x0112, 3, 65_535)]
    public void Another_tag_type_or_value_is_not_an_orientation(int tag, int type, int value)
    {
        Assert.That(ImageHeader.ReadExif(Exif(true, 8, [(tag, type, 1, value)])), Is.EqualTo(ImageOrientation.TopLeft));
        Assert.That(ImageHeader.ReadExif(Exif(false, 8, [(tag, type, 1, value)])), Is.EqualTo(ImageOrientation.TopLeft));
    }

    [Test]
    public void The_first_orientation_of_a_directory_counts() =>
        Assert.That(ImageHeader.ReadExif(Exif(true, 8, [(0x0112, 3, 1, 8), (0x0112, 3, 1, 6)])), Is.EqualTo(ImageOrientation.LeftBottom));

    [TestCase("II\0*")]
    [TestCase("MM*\0")]
    [TestCase("IM*\0")]
    [TestCase("II+\0")]
    public void A_block_that_does_not_begin_as_TIFF_is_passed_over(string start)
    {
        byte[] exif = Exif(true, 8, [(0x0112, 3, 1, 6)]);
        byte[] bigEndian = Exif(false, 8, [(0x0112, 3, 1, 6)]);
        for (int i = 0; i < 4; i++)
        {
            exif[i] = bigEndian[i] = (byte)start[i];
        }

        Assert.That(ImageHeader.ReadExif(exif), Is.EqualTo(ImageOrientation.TopLeft));
        Assert.That(ImageHeader.ReadExif(bigEndian), Is.EqualTo(ImageOrientation.TopLeft));
        Assert.That(ImageHeader.ReadExif([]), Is.EqualTo(ImageOrientation.TopLeft));
    }

    [Test]
    public void A_JPEG_is_measured_by_its_frame([Range(0xC0, 0xCF)] int marker)
    {
        byte[] file = [0xFF, 0xD8, .. Segment(marker, 8, 1, 2, 3, 4, 1), 0xFF, 0xDA];
        bool isFrame = marker is not (0xC4 or 0xC8 or 0xCC);

        Assert.That(Read(file), Is.EqualTo(isFrame ? new ImageHeader(0x0304, 0x0102, ImageOrientation.TopLeft) : default(ImageHeader?)));
    }

    [Test]
    public void The_first_EXIF_of_a_JPEG_counts_and_XMP_is_passed_over([Values(1, 3, 8)] int first)
    {
        byte[] one = Segment(0xE1, [.. "Exif\0\0"u8, .. Exif(true, 8, [(0x0112, 3, 1, first)])]);
        byte[] six = Segment(0xE1, [.. "Exif\0\0"u8, .. Exif(false, 8, [(0x0112, 3, 1, 6)])]);
        byte[] xmp = Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. new byte[40]]);
        byte[] short6 = Segment(0xE1, [.. "Exif\0\0"u8]);
        byte[] empty = Segment(0xE1);

        ImageHeader? found = Read([0xFF, 0xD8, .. empty, .. xmp, .. one, .. six, .. Segment(0xC0, 8, 0, 5, 0, 6, 3)]);
        ImageHeader? without = Read([0xFF, 0xD8, .. short6, .. six, .. Segment(0xC0, 8, 0, 5, 0, 6, 3)]);

        Assert.That(found, Is.EqualTo(new ImageHeader(6, 5, (ImageOrientation)first)));
        Assert.That(without, Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.RightTop)), "a block of six letters holds nothing");
    }

    [Test]
    public void Between_the_segments_of_a_JPEG_may_stand_fill_bytes_restarts_and_noise()
    {
        byte[] frame = Segment(0xC2, 8, 0, 5, 0, 6, 3);
        ImageHeader expected = new(6, 5, ImageOrientation.TopLeft);

        Assert.That(Read([0xFF, 0xD8, 0xFF, 0xFF, 0xFF, .. frame]), Is.EqualTo(expected));
        Assert.That(Read([0xFF, 0xD8, 0xFF, 0xD0, 0xFF, 0xD7, 0xFF, 0x01, .. frame]), Is.EqualTo(expected));
        Assert.That(Read([0xFF, 0xD8, 0x12, 0x00, .. frame]), Is.EqualTo(expected));
        Assert.That(Read([0xFF, 0xD8, 0xFF, 0x00, 0xFF, 0xFF, 0x00, .. frame]), Is.EqualTo(expected), "bytes of 0xFF, stuffed as data has them");
        Assert.That(Read([0xFF, 0xD8, 0xFF, 0xE0, 0, 0, .. frame]), Is.EqualTo(expected), "a length of 0, less than itself");
        Assert.That(Read([0xFF, 0xD8, 0xFF, 0xD9, .. frame]), Is.Null, "the end before a frame");
        Assert.That(Read([0xFF, 0xD8, .. Segment(0xDA), .. frame]), Is.Null, "a scan before a frame");
        Assert.That(Read([0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, .. frame]), Is.Null, "a segment beyond the end");
        Assert.That(Read([0xFF, 0xD8, .. frame[..^2]]), Is.Null, "a frame that breaks off");
        Assert.That(Read([0xFF, 0xD8]), Is.Null);
    }

    [Test]
    public void The_first_eXIf_of_a_PNG_counts_wherever_it_stands()
    {
        byte[] three = Chunk("eXIf", Exif(true, 8, [(0x0112, 3, 1, 3)]));
        byte[] six = Chunk("eXIf", Exif(false, 8, [(0x0112, 3, 1, 6)]));
        byte[] data = Chunk("IDAT", new byte[9]);

        Assert.That(Read([.. Png(), .. three, .. data, .. six, .. Chunk("IEND")]), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.BottomRight)));
        Assert.That(Read([.. Png(), .. data, .. six, .. Chunk("IEND")]), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.RightTop)));
        Assert.That(Read([.. Png(), .. data, .. Chunk("IEND"), .. six]), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.TopLeft)), "after the end");
    }

    [TestCase(0x7FFF_FFFFu)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    [TestCase(9u)]
    public void A_chunk_of_a_PNG_that_reaches_beyond_the_file_cuts_it_short(uint length)
    {
        foreach (string name in new[] { "IDAT", "eXIf", "tEXt" })
        {
            byte[] chunk = Chunk(name);
            BinaryPrimitives.WriteUInt32BigEndian(chunk, length);

            Assert.That(Read([.. Png(), .. chunk]), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.TopLeft, IsCutShort: true)), name);
        }
    }

    [TestCase("VP8 ")]
    [TestCase("VP8L")]
    [TestCase("VP8X")]
    public void A_WebP_is_measured_by_its_first_chunk(string kind)
    {
        byte[] file = WebP([.. First(kind, 300, 200), .. new byte[4]]);
        ImageHeader expected = new(300, 200, ImageOrientation.TopLeft);

        Assert.That(Read(file), Is.EqualTo(expected));
        Assert.That(Read([.. file, 1, 2, 3]), Is.EqualTo(expected), "what follows is left alone");
        Assert.That(Read(file[..^1]), Is.EqualTo(expected with { IsCutShort = true }));
        Assert.That(Read(WebP([.. First("VP8Y", 300, 200), .. new byte[4]])), Is.Null);
        for (int length = 0; length < 26; length++)
        {
            Assert.That(Read(file[..length]), Is.Null.Or.EqualTo(expected with { IsCutShort = true }), $"{length} bytes");
        }
    }

    [Test]
    public void The_upper_bits_of_a_size_in_a_WebP_are_its_scale()
    {
        byte[] lossy = First("VP8 ", 300 | 0x4000, 200 | 0x8000);
        byte[] lossless = First("VP8L", 300, 200);
        lossless[12] |= 0x10;

        Assert.That(Read(WebP([.. lossy, .. new byte[4]])), Is.EqualTo(new ImageHeader(300, 200, ImageOrientation.TopLeft)));
        Assert.That(Read(WebP([.. lossless, .. new byte[4]])), Is.EqualTo(new ImageHeader(300, 200, ImageOrientation.TopLeft)), "whether alpha is used");
    }

    [Test]
    public void EXIF_is_found_after_odd_chunks_of_a_WebP([Values(0, 1, 2, 3, 7)] int before, [Values] bool prefixed)
    {
        byte[] exif = [.. prefixed ? "Exif\0\0"u8 : [], .. Exif(true, 8, [(0x0112, 3, 1, 6)])];
        byte[] file = WebP([.. First("VP8X", 6, 5), .. RiffChunk("ODD ", new byte[before]), .. RiffChunk("EXIF", exif), .. RiffChunk("EXIF", Exif(true, 8, [(0x0112, 3, 1, 3)]))]);

        Assert.That(Read(file), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.RightTop)));
    }

    [TestCase(0x7FFF_FFFEu)]
    [TestCase(0x7FFF_FFFFu)]
    [TestCase(0x8000_0000u)]
    [TestCase(0xFFFF_FFFFu)]
    public void A_chunk_of_a_WebP_that_reaches_beyond_the_file_ends_the_search(uint length)
    {
        byte[] odd = RiffChunk("ODD ", new byte[8]);
        BinaryPrimitives.WriteUInt32LittleEndian(odd.AsSpan(4), length);
        byte[] exif = RiffChunk("EXIF", Exif(true, 8, [(0x0112, 3, 1, 6)]));
        byte[] long6 = [.. exif];
        BinaryPrimitives.WriteUInt32LittleEndian(long6.AsSpan(4), length);

        Assert.That(Read(WebP([.. First("VP8X", 6, 5), .. odd, .. exif])), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.TopLeft)));
        Assert.That(Read(WebP([.. First("VP8X", 6, 5), .. long6])), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.RightTop)), "what there is of the block is read");
    }

    [Test]
    public void What_follows_a_WebP_in_its_file_does_not_turn_it()
    {
        byte[] exif = RiffChunk("EXIF", Exif(true, 8, [(0x0112, 3, 1, 6)]));

        Assert.That(Read([.. WebP([.. First("VP8X", 6, 5), .. RiffChunk("ODD ", [])]), .. exif]), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.TopLeft)));
        Assert.That(Read(WebP([.. First("VP8X", 6, 5), .. RiffChunk("EXIF", [])])), Is.EqualTo(new ImageHeader(6, 5, ImageOrientation.TopLeft)), "an empty block");
    }

    [TestCase(1, 9, 4)]
    [TestCase(1, 32, 4)]
    [TestCase(1, 33, 8)]
    [TestCase(4, 9, 8)]
    [TestCase(8, 5, 8)]
    [TestCase(24, 3, 12)]
    [TestCase(32, 3, 12)]
    public void A_bitmap_is_whole_when_its_last_row_is(int bits, int width, int stride)
    {
        const int Height = 3;
        ImageHeader expected = new(width, Height, ImageOrientation.TopLeft);
        foreach (uint offset in new uint[] { 54, 58 })
        {
            byte[] file = new byte[offset + (stride * Height)];
            "BM"u8.CopyTo(file);
            BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(10), offset);
            file[14] = 40;
            file[18] = (byte)width;
            BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), offset == 54 ? Height : -Height);
            file[28] = (byte)bits;

            Assert.That(Read(file), Is.EqualTo(expected));
            Assert.That(Read(file[..^1]), Is.EqualTo(expected with { IsCutShort = true }));
            foreach (byte packed in new byte[] { 1, 2 })
            {
                file[30] = packed;
                Assert.That(Read(file[..(int)offset]), Is.EqualTo(expected), "runs may be short");
                Assert.That(Read(file[..(int)(offset - 1)]), Is.EqualTo(expected with { IsCutShort = true }));
            }

            file[30] = 3;
            Assert.That(Read(file[..^1]), Is.EqualTo(expected with { IsCutShort = true }), "bit fields are not packed");
        }
    }

    [Test]
    public void A_bitmap_of_OS2_is_measured_by_its_short_header()
    {
        byte[] file = new byte[26 + (12 * 5)];
        "BM"u8.CopyTo(file);
        file[10] = 26;
        file[14] = 12;
        file[18] = 3;
        file[20] = 5;
        file[24] = 24;

        Assert.That(Read(file), Is.EqualTo(new ImageHeader(3, 5, ImageOrientation.TopLeft)));
        Assert.That(Read(file[..^1]), Is.EqualTo(new ImageHeader(3, 5, ImageOrientation.TopLeft, IsCutShort: true)));
    }

    [Test]
    public void A_GIF_is_measured_by_its_screen()
    {
        Assert.That(Read([.. "GIF87a"u8, 0x2C, 0x01, 0xC8, 0x00]), Is.EqualTo(new ImageHeader(300, 200, ImageOrientation.TopLeft)));
        Assert.That(Read([.. "GIF89a"u8, 0x2C, 0x01, 0xC8]), Is.Null);
        Assert.That(Read([.. "GIF79a"u8, 0x2C, 0x01, 0xC8, 0x00]), Is.Null);
    }

    private static ImageHeader? Read(byte[] file)
    {
        using var folder = new TemporaryFolder();
        using FileStream disk = File.OpenRead(folder.Write("header", file));
        using var memory = new MemoryStream(file);
        ImageHeader? found = ImageHeader.Read(memory);
        Assert.That(ImageHeader.Read(disk), Is.EqualTo(found), "on disk");
        return found;
    }

    private static byte[] Exif(bool little, int directory, (int Tag, int Type, int Count, int Value)[] entries)
    {
        var exif = new byte[directory + 2 + (12 * entries.Length)];
        (little ? "II*\0"u8 : "MM\0*"u8).CopyTo(exif);
        UInt32(exif.AsSpan(4), (uint)directory, little);
        UInt16(exif.AsSpan(directory), entries.Length, little);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = exif.AsSpan(directory + 2 + (12 * i));
            UInt16(entry, entries[i].Tag, little);
            UInt16(entry[2..], entries[i].Type, little);
            UInt32(entry[4..], (uint)entries[i].Count, little);
            UInt16(entry[8..], entries[i].Value, little);
        }

        return exif;
    }

    private static void UInt16(Span<byte> target, int value, bool little)
    {
        if (little)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value);
        }
    }

    private static void UInt32(Span<byte> target, uint value, bool little)
    {
        if (little)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(target, value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(target, value);
        }
    }

    private static byte[] Segment(int marker, params byte[] content)
    {
        byte[] segment = [0xFF, (byte)marker, 0, 0, .. content];
        BinaryPrimitives.WriteUInt16BigEndian(segment.AsSpan(2), (ushort)(content.Length + 2));
        return segment;
    }

    // 6 x 5 pixels.
    private static byte[] Png() => [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunk("IHDR", [0, 0, 0, 6, 0, 0, 0, 5, 8, 2, 0, 0, 0])];

    // Checksums are the decoder's affair.
    private static byte[] Chunk(string name, params byte[] content)
    {
        byte[] chunk = [0, 0, 0, 0, .. name.Select(letter => (byte)letter), .. content, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        return chunk;
    }

    private static byte[] WebP(byte[] chunks)
    {
        byte[] file = [.. "RIFF"u8, 0, 0, 0, 0, .. "WEBP"u8, .. chunks];
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        return file;
    }

    private static byte[] RiffChunk(string name, byte[] content)
    {
        byte[] chunk = [.. name.Select(letter => (byte)letter), 0, 0, 0, 0, .. content, .. new byte[content.Length & 1]];
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), content.Length);
        return chunk;
    }

    private static byte[] First(string kind, int width, int height)
    {
        var content = new byte[10];
        switch (kind)
        {
            case "VP8 ":
                BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(6), (ushort)width);
                BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(8), (ushort)height);
                break;
            case "VP8L":
                content[0] = 0x2F;
                BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(1), (uint)((width - 1) | ((height - 1) << 14)));
                break;
            default:
                BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(4), (ushort)(width - 1));
                BinaryPrimitives.WriteUInt16LittleEndian(content.AsSpan(7), (ushort)(height - 1));
                break;
        }

        return RiffChunk(kind, content);
    }
}
