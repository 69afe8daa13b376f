using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using SkiaSharp;

namespace Siamese.Pipelines.Images;

/// <summary>
/// Decodes the bytes of an image file. The decoder reads native memory: through a managed stream it passes offsets out of the file to a callback, where an
/// overflow ends the process. Pixels are allocated after a check of the decoder's own size, which may differ from the one in the file's header.
/// </summary>
internal static class ImageDecoder
{
    private const int BytesOfPixel = 4;

    // A progressive JPEG is decoded whole once for each of its scans. Encoders write about ten; a scan costs its author 20 bytes.
    private const int MostJpegScans = 100;

    private const byte Prefix = 0xFF;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    private static readonly SKEncodedImageFormat[] Formats =
        [SKEncodedImageFormat.Png, SKEncodedImageFormat.Jpeg, SKEncodedImageFormat.Bmp, SKEncodedImageFormat.Gif, SKEncodedImageFormat.Webp];

    private static ReadOnlySpan<byte> JpegStart => [0xFF, 0xD8];

    /// <summary>Decodes the first picture of a file, as it is stored.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <param name="source">The file, as errors name it.</param>
    /// <param name="maximumPixels">The most pixels, width × height.</param>
    /// <returns>The image, which the caller disposes.</returns>
    /// <exception cref="InvalidDataException">The file cannot be decoded, ends before its image does, or has too many pixels.</exception>
    public static MLImage Decode(ReadOnlySpan<byte> file, string source, long maximumPixels)
    {
        if (HasTooManyScans(file))
        {
            throw ImageErrors.Undecodable(source);
        }

        using SKData data = SKData.CreateCopy(file);
        using SKCodec? codec = SKCodec.Create(data);
        if (codec is null || Array.IndexOf(Formats, codec.EncodedFormat) < 0)
        {
            throw ImageErrors.Undecodable(source);
        }

        // As ML.NET's LoadImages decodes: premultiplied, and without a color space, so that colors stay as they are.
        SKImageInfo stored = codec.Info;
        var info = new SKImageInfo(
            stored.Width,
            stored.Height,
            SKImageInfo.PlatformColorType,
            stored.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul);
        if ((long)info.Width * info.Height > maximumPixels)
        {
            throw ImageErrors.TooLarge(source, info.Width, info.Height, maximumPixels);
        }

        if ((long)info.Width * info.Height * BytesOfPixel > Array.MaxLength)
        {
            throw ImageErrors.BeyondMemory(source, info.Width, info.Height);
        }

        try
        {
            return Decode(codec, info, source);
        }
        catch (Exception exception) when (exception is OutOfMemoryException || exception.GetType() == typeof(Exception))
        {
            // MLImage throws a plain Exception where the native memory of its pixels cannot be had.
            throw ImageErrors.BeyondMemory(source, info.Width, info.Height, exception);
        }
    }

    private static MLImage Decode(SKCodec codec, SKImageInfo info, string source)
    {
        int length = BytesOfPixel * info.Width * info.Height;
        byte[] pixels = ArrayPool<byte>.Shared.Rent(length);
        var pinned = GCHandle.Alloc(pixels, GCHandleType.Pinned);
        try
        {
            if (codec.EncodedFormat is not (SKEncodedImageFormat.Jpeg or SKEncodedImageFormat.Png))
            {
                // A frame need not cover the picture. What it leaves out must be transparent, and not what the array held before.
                pixels.AsSpan(0, length).Clear();
            }

            SKCodecResult result = codec.GetPixels(info, pinned.AddrOfPinnedObject());
            return result switch
            {
                SKCodecResult.Success => MLImage.CreateFromPixels(
                    info.Width,
                    info.Height,
                    info.ColorType == SKColorType.Bgra8888 ? MLPixelFormat.Bgra32 : MLPixelFormat.Rgba32,
                    pixels.AsSpan(0, length)),
                SKCodecResult.IncompleteInput => throw ImageErrors.CutShort(source),
                _ => throw ImageErrors.Undecodable(source),
            };
        }
        finally
        {
            pinned.Free();
            ArrayPool<byte>.Shared.Return(pixels);
        }
    }

    // Walks as the decoder does, from marker to marker up to the end of the image: what follows it (phones append a film) and what its segments hold
    // has the bytes of a scan by chance.
    private static bool HasTooManyScans(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith(JpegStart))
        {
            return false;
        }

        int scans = 0;
        file = file[JpegStart.Length..];
        for (int next = file.IndexOf(Prefix); next >= 0 && scans <= MostJpegScans; next = file.IndexOf(Prefix))
        {
            // Any number of prefixes may stand before a marker.
            file = file[next..].TrimStart(Prefix);
            byte marker = file.IsEmpty ? EndOfImage : file[0];
            if (marker == EndOfImage)
            {
                break;
            }

            // Without a length: a stuffed byte, TEM, the restarts, and a second start.
            bool isBare = marker is 0 or 1 or (>= 0xD0 and <= 0xD8);
            int length = isBare || file.Length < 3 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(file[1..]);
            scans += marker == StartOfScan ? 1 : 0;
            file = file[Math.Min(1 + length, file.Length)..];
        }

        return scans > MostJpegScans;
    }
}
