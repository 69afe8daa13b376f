using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using SkiaSharp;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Reads images of every format from memory, and some from disk.</summary>
internal class ImageTarget : FuzzTarget
{
    protected const long MaximumPixels = 1_000_000;

    private const int PngHeaderLength = 8;

    private readonly ImageFileOptions _options = new() { MaximumPixels = MaximumPixels };

    public override string Name => "images";

    public override int UsualCount => 7000;

    public override void Read(byte[] input, string folder)
    {
        Use(() => ImageFile.Read(input, "input", _options));
        if (input.Length % 8 == 0)
        {
            string path = Path.Combine(folder, "image");
            File.WriteAllBytes(path, input);
            Use(() => ImageFile.Read(path, _options));
        }
    }

    protected static void Use(Func<MLImage> read)
    {
        using MLImage image = read();
        if ((long)image.Width * image.Height > MaximumPixels)
        {
            throw new InvalidOperationException($"An image of {image.Width} x {image.Height} pixels was read, but at most {MaximumPixels} may be.");
        }

        ImagePixels.Read(image, new ImageInput(8, 8), new byte[3 * 8 * 8]);
    }

    protected override byte[] Repair(byte[] input)
    {
        // The checksums of PNG's chunks.
        if (input.Length > PngHeaderLength && input[1] == 'P' && input[2] == 'N')
        {
            for (long at = PngHeaderLength; at + 12 <= input.Length;)
            {
                long length = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan((int)at));
                if (at + 12 + length > input.Length)
                {
                    break;
                }

                uint crc = System.IO.Hashing.Crc32.HashToUInt32(input.AsSpan((int)at + 4, (int)length + 4));
                System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan((int)(at + 8 + length)), crc);
                at += 12 + length;
            }
        }

        return input;
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        byte[] jpeg = Encode(SKEncodedImageFormat.Jpeg, 24, 16);
        byte[] png = Encode(SKEncodedImageFormat.Png, 24, 16);
        yield return jpeg;
        yield return [.. jpeg[..2], 0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. Exif, .. jpeg[2..]];
        yield return png;
        yield return [.. png[..33], 0, 0, 0, 26, .. "eXIf"u8, .. Exif, 0, 0, 0, 0, .. png[33..]];
        yield return Encode(SKEncodedImageFormat.Webp, 24, 16);
        yield return [.. "RIFF"u8, 30, 0, 0, 0, .. "WEBPVP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 7, 0, 0, .. "EXIF"u8, 26, 0, 0, 0, .. Exif];
        yield return [.. "GIF89a"u8, 2, 0, 2, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 2, 0, 2, 0, 0, 2, 3, 0x44, 0x02, 0x05, 0, 0x3B];
        foreach ((int header, int bits, int compression, bool topDown) in new[]
        {
            (40, 24, 0, false), (40, 32, 0, true), (40, 8, 0, false), (40, 4, 0, false), (40, 1, 0, false), (40, 16, 0, false), (40, 8, 1, false), (108, 32, 3, false),
            (124, 32, 3, true), (12, 24, 0, false),
        })
        {
            yield return Bitmap(header, bits, compression, topDown);
        }

        yield return [0, 0, 1, 0, 1, 0, 4, 4, 0, 0, 1, 0, 24, 0, 100, 0, 0, 0, 22, 0, 0, 0, .. Bitmap(40, 24, 0, false)[14..]];
        yield return [0, 0, 8, 2, 0xF0, 0x0F];
    }

    // A directory of one entry, the orientation, in TIFF.
    private static byte[] Exif => [.. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0];

    private static byte[] Bitmap(int header, int bits, int compression, bool topDown)
    {
        const int Side = 4;
        var file = new byte[14 + header + (bits <= 8 ? 4 << bits : 0) + (4 * Side * Side)];
        "BM"u8.CopyTo(file);
        void Write(int at, int value) => BitConverter.TryWriteBytes(file.AsSpan(at), value);
        Write(2, file.Length);
        Write(10, file.Length - (4 * Side * Side));
        Write(14, header);
        if (header == 12)
        {
            (file[18], file[20], file[22], file[24]) = (Side, Side, 1, (byte)bits);
            return file;
        }

        Write(18, Side);
        Write(22, topDown ? -Side : Side);
        file[26] = 1;
        file[28] = (byte)bits;
        Write(30, compression);
        if (header > 40)
        {
            Write(54, 0x00FF_0000);
            Write(58, 0x0000_FF00);
            Write(62, 0x0000_00FF);
        }

        return file;
    }

    private static byte[] Encode(SKEncodedImageFormat format, int width, int height)
    {
        var pixels = new byte[4 * width * height];
        new Random(1).NextBytes(pixels);
        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul), pixels);
        using SKData data = image.Encode(format, 80);
        return data.ToArray();
    }
}
