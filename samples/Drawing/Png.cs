using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Writes PNG.</summary>
public static class Png
{
    /// <summary>Encodes pixels without loss.</summary>
    /// <param name="pixels">(H, W, C) bytes.</param>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="channels">C: 1 for grey, which the file then is too, or 3 for red, green, blue.</param>
    /// <returns>The file.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        using SKBitmap bitmap = ToBitmap(pixels, width, height, channels);
        using SKPixmap pixmap = bitmap.PeekPixels();
        return Encode(pixmap);
    }

    internal static byte[] Encode(SKPixmap pixels)
    {
        using SKData data = pixels.Encode(new SKPngEncoderOptions(SKPngEncoderFilterFlags.AllFilters, zLibLevel: 6))
            ?? throw new InvalidOperationException($"{pixels.Width} x {pixels.Height} pixels could not be encoded.");
        return data.ToArray();
    }

    internal static SKBitmap ToBitmap(ReadOnlySpan<byte> pixels, int width, int height, int channels)
    {
        bool gray = channels == 1;
        var bitmap = new SKBitmap(new SKImageInfo(width, height, gray ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque));
        Span<byte> target = bitmap.GetPixelSpan();
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> from = pixels.Slice(y * width * channels, width * channels);
            Span<byte> to = target.Slice(y * bitmap.RowBytes, width * bitmap.BytesPerPixel);
            if (gray)
            {
                from.CopyTo(to);
                continue;
            }

            for (int x = 0; x < width; x++)
            {
                from.Slice(3 * x, 3).CopyTo(to[(4 * x)..]);
                to[(4 * x) + 3] = 255;
            }
        }

        return bitmap;
    }
}
