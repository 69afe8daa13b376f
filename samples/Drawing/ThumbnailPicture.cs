using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>A small image.</summary>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="Channels">C: 1 for grey or 3 for red, green, blue.</param>
/// <param name="Pixels">(H, W, C) bytes.</param>
public sealed record ThumbnailPicture(int Width, int Height, int Channels, byte[] Pixels)
{
    // Pictures are mostly drawn at this scale: more pixels than that would only make an SVG document larger.
    private const float Finest = 2;

    // What is enlarged more than this is a digit rather than a photograph, and its pixels are what is to be seen.
    private const float MostSmoothed = 2;

    /// <summary>Finds where it is drawn: about a middle, its longer side as long as given.</summary>
    internal SKRect Place(float x, float y, float side)
    {
        float scale = side / Math.Max(Width, Height);
        return SKRect.Create(x - (scale * Width / 2), y - (scale * Height / 2), scale * Width, scale * Height);
    }

    /// <summary>Draws itself into a place of its shape.</summary>
    internal void Draw(SKCanvas canvas, SKRect place)
    {
        using SKBitmap bitmap = Png.ToBitmap(Pixels, Width, Height, Channels);
        float scale = place.Width / Width;
        if (scale > MostSmoothed)
        {
            // Enlarged here rather than by the canvas: a reader of SVG would blur the pixels.
            int times = (int)Math.Ceiling(Finest * scale);
            using SKBitmap large = bitmap.Resize(
                new SKImageInfo(times * Width, times * Height), new SKSamplingOptions(SKFilterMode.Nearest));
            Paint(canvas, large, place);
        }
        else if (Finest * scale < 1)
        {
            var size = new SKImageInfo((int)MathF.Ceiling(Finest * place.Width), (int)MathF.Ceiling(Finest * place.Height));
            using SKBitmap small = bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
            Paint(canvas, small, place);
        }
        else
        {
            Paint(canvas, bitmap, place);
        }
    }

    private static void Paint(SKCanvas canvas, SKBitmap bitmap, SKRect place)
    {
        using SKImage pixels = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(pixels, place, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }
}
