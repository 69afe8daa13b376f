using System.Buffers.Binary;

namespace Siamese.Pipelines.Images;

/// <summary>The header of an image file: its size and orientation.</summary>
/// <param name="Width">Pixels across, as stored.</param>
/// <param name="Height">Pixels down, as stored.</param>
/// <param name="Orientation">How the stored image must be turned to stand upright.</param>
/// <param name="IsCutShort">Whether the file ends before what its headers announce.</param>
internal readonly record struct ImageHeader(int Width, int Height, ImageOrientation Orientation, bool IsCutShort = false)
{
    /// <summary>Reads the header of a PNG, JPEG, GIF, BMP or WebP file, by its content.</summary>
    /// <param name="stream">The file, at its start; it can seek. Only headers are read, whatever its length.</param>
    /// <returns>The header, or null where the content is of no such format or breaks off before it says its size.</returns>
    public static ImageHeader? Read(Stream stream)
    {
        Span<byte> start = stackalloc byte[34];
        int count = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        start = start[..count];
        try
        {
            return start switch
            {
                [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => ReadPng(stream, start),
                [0xFF, 0xD8, ..] => ReadJpeg(stream),
                [(byte)'G', (byte)'I', (byte)'F', (byte)'8', _, _, ..] => new ImageHeader(UInt16(start[6..]), UInt16(start[8..]), ImageOrientation.TopLeft),
                [(byte)'B', (byte)'M', ..] => ReadBmp(start, stream.Length),
                [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => ReadWebP(stream, start),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is EndOfStreamException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Reads the orientation out of a block of EXIF: a TIFF header and its first directory.</summary>
    /// <returns>The orientation; that of an image that lies as it should where the block says none, or is damaged.</returns>
    public static ImageOrientation ReadExif(ReadOnlySpan<byte> tiff)
    {
        const int OrientationTag = 0x0112;
        const int Short = 3;
        if (tiff.Length < 8 || !(tiff.StartsWith("II*\0"u8) || tiff.StartsWith("MM\0*"u8)))
        {
            return ImageOrientation.TopLeft;
        }

        bool little = tiff[0] == (byte)'I';
        uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory > tiff.Length - 2)
        {
            return ImageOrientation.TopLeft;
        }

        int entries = UInt16(tiff[(int)directory..], little);
        for (int i = 0; i < entries; i++)
        {
            const int EntryLength = 12;
            int entry = (int)directory + 2 + (i * EntryLength);
            if (entry + EntryLength > tiff.Length)
            {
                break;
            }

            if (UInt16(tiff[entry..], little) == OrientationTag && UInt16(tiff[(entry + 2)..], little) == Short)
            {
                var orientation = (ImageOrientation)UInt16(tiff[(entry + 8)..], little);
                return Enum.IsDefined(orientation) ? orientation : ImageOrientation.TopLeft;
            }
        }

        return ImageOrientation.TopLeft;
    }

    private static ImageHeader ReadPng(Stream stream, ReadOnlySpan<byte> start)
    {
        int width = (int)BinaryPrimitives.ReadUInt32BigEndian(start[16..]);
        int height = (int)BinaryPrimitives.ReadUInt32BigEndian(start[20..]);
        ImageOrientation? orientation = null;
        Span<byte> chunk = stackalloc byte[8];
        for (stream.Position = 8; stream.ReadAtLeast(chunk, 8, throwOnEndOfStream: false) == 8;)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(chunk);

            // Four bytes of checksum follow what a chunk holds.
            long next = stream.Position + length + 4;
            if (chunk[4..].SequenceEqual("eXIf"u8))
            {
                orientation ??= ReadExif(Block(stream, length));
            }

            if (chunk[4..].SequenceEqual("IEND"u8))
            {
                return new ImageHeader(width, height, orientation ?? ImageOrientation.TopLeft);
            }

            Seek(stream, next);
        }

        return new ImageHeader(width, height, orientation ?? ImageOrientation.TopLeft, IsCutShort: true);
    }

    private static ImageHeader? ReadJpeg(Stream stream)
    {
        ImageOrientation? orientation = null;
        Span<byte> size = stackalloc byte[5];
        stream.Position = 2;
        while (NextMarker(stream) is { } marker)
        {
            // Markers without a length: a restart, or the TEM of arithmetic coding.
            if (marker is (>= 0xD0 and <= 0xD7) or 0x01)
            {
                continue;
            }

            if (marker is 0xD9 or 0xDA)
            {
                return null;
            }

            stream.ReadExactly(size[..2]);
            int length = BinaryPrimitives.ReadUInt16BigEndian(size) - 2;
            long next = stream.Position + length;
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                stream.ReadExactly(size);
                return new ImageHeader(
                    BinaryPrimitives.ReadUInt16BigEndian(size[3..]),
                    BinaryPrimitives.ReadUInt16BigEndian(size[1..]),
                    orientation ?? ImageOrientation.TopLeft);
            }

            // XMP has the same marker.
            if (marker == 0xE1 && length > 6 && orientation is null)
            {
                ReadOnlySpan<byte> block = Block(stream, (uint)length);
                orientation = block.StartsWith("Exif\0\0"u8) ? ReadExif(block[6..]) : null;
            }

            Seek(stream, next);
        }

        return null;
    }

    private static int? NextMarker(Stream stream)
    {
        int value;
        do
        {
            do
            {
                value = stream.ReadByte();
            }
            while (value is >= 0 and not 0xFF);

            // Any number of 0xFF may stand before a marker.
            while (value == 0xFF)
            {
                value = stream.ReadByte();
            }
        }
        while (value == 0); // 0xFF and 0 are a byte of data, not a marker.

        return value < 0 ? null : value;
    }

    private static ImageHeader ReadBmp(ReadOnlySpan<byte> start, long length)
    {
        const uint OldHeaderLength = 12;
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(start[10..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(start[14..]) == OldHeaderLength)
        {
            int oldWidth = UInt16(start[18..]);
            int oldHeight = UInt16(start[20..]);
            return new ImageHeader(
                oldWidth, oldHeight, ImageOrientation.TopLeft, IsCutShort: offset + BmpLength(oldWidth, oldHeight, UInt16(start[24..])) > length);
        }

        // A negative height says that the rows stand from top to bottom.
        int width = BinaryPrimitives.ReadInt32LittleEndian(start[18..]);
        int height = BinaryPrimitives.ReadInt32LittleEndian(start[22..]);
        height = height == int.MinValue ? int.MaxValue : Math.Abs(height);

        // What is compressed by runs (1 and 2) has no length that the header tells.
        bool isPacked = BinaryPrimitives.ReadUInt32LittleEndian(start[30..]) is 1 or 2;
        return new ImageHeader(
            width, height, ImageOrientation.TopLeft, IsCutShort: offset + (isPacked ? 0 : BmpLength(width, height, UInt16(start[28..]))) > length);
    }

    // Rows are filled up to a multiple of four bytes.
    private static long BmpLength(long width, long height, int bitsOfPixel) => ((width * bitsOfPixel) + 31) / 32 * 4 * height;

    private static ImageHeader? ReadWebP(Stream stream, ReadOnlySpan<byte> start)
    {
        long end = BinaryPrimitives.ReadUInt32LittleEndian(start[4..]) + 8L;
        bool cut = end > stream.Length;
        if (start[12..16].SequenceEqual("VP8 "u8))
        {
            return new ImageHeader(UInt16(start[26..]) & 0x3FFF, UInt16(start[28..]) & 0x3FFF, ImageOrientation.TopLeft, IsCutShort: cut);
        }

        if (start[12..16].SequenceEqual("VP8L"u8))
        {
            uint bits = BinaryPrimitives.ReadUInt32LittleEndian(start[21..]);
            return new ImageHeader((int)(bits & 0x3FFF) + 1, (int)((bits >> 14) & 0x3FFF) + 1, ImageOrientation.TopLeft, IsCutShort: cut);
        }

        if (!start[12..16].SequenceEqual("VP8X"u8))
        {
            return null;
        }

        var header = new ImageHeader(UInt24(start[24..]) + 1, UInt24(start[27..]) + 1, ImageOrientation.TopLeft, IsCutShort: cut);
        Span<byte> chunk = stackalloc byte[8];
        for (stream.Position = 12; stream.Position + 8 <= end && stream.ReadAtLeast(chunk, 8, throwOnEndOfStream: false) == 8;)
        {
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            if (chunk[..4].SequenceEqual("EXIF"u8))
            {
                ReadOnlySpan<byte> block = Block(stream, length);
                return header with { Orientation = ReadExif(block.StartsWith("Exif\0\0"u8) ? block[6..] : block) };
            }

            // Chunks are filled up to an even length.
            Seek(stream, stream.Position + length + (length & 1L));
        }

        return header;
    }

    // A file on disk takes any position, one in memory only what an array could have: both stop at the end.
    private static void Seek(Stream stream, long position) => stream.Position = Math.Min(position, stream.Length);

    private static byte[] Block(Stream stream, uint length)
    {
        // The orientation stands in the first directory, at the front; what follows, thumbnails too, is not needed.
        const uint Most = 1 << 16;
        var block = new byte[Math.Min(length, Most)];
        int count = stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
        return block[..count];
    }

    private static int UInt16(ReadOnlySpan<byte> bytes, bool little = true) =>
        little ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt16BigEndian(bytes);

    private static int UInt24(ReadOnlySpan<byte> bytes) => (int)(BinaryPrimitives.ReadUInt32LittleEndian(bytes) & 0xFF_FFFF);
}
