using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws images in rows.</summary>
public static class ThumbnailGrid
{
    private const float Side = 112;
    private const float Gap = 10;
    private const float CaptionLine = 19;
    private const float WidestCaption = 180;

    /// <summary>Draws the images row by row at one size, small ones with their pixels kept square, each with its caption.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<ThumbnailPicture> images, int columns)
    {
        using SKFont measure = Style.Font(Style.SmallSize);
        float widest = images.SelectMany(image => image.Caption).Select(line => measure.MeasureText(line)).DefaultIfEmpty(0).Max();
        float cellWidth = Math.Max(Side, Math.Min(widest, WidestCaption)) + (2 * Gap);
        float cellHeight = Side + 6 + (CaptionLine * images.Max(image => image.Caption.Count)) + (2 * Gap);
        int rows = (images.Count + columns - 1) / columns;
        float left = Style.Margin - Gap;
        return Picture.Compose(heading, Math.Max(460, (columns * cellWidth) + (2 * left)), (rows * cellHeight) + Gap, (canvas, place) =>
        {
            using SKPaint ink = Style.Fill(Style.Ink);
            using SKFont font = Style.Font(Style.SmallSize);
            for (int i = 0; i < images.Count; i++)
            {
                float middle = left + ((i % columns) + 0.5f) * cellWidth;
                float top = place.Top + (i / columns * cellHeight);
                DrawImage(canvas, images[i], middle, top + (Side / 2));
                float y = top + Side + 6;
                foreach (string line in images[i].Caption)
                {
                    y += CaptionLine;
                    canvas.DrawText(Style.Shorten(line, font, cellWidth - Gap), middle, y - 4, SKTextAlign.Center, font, ink);
                }
            }
        });
    }

    private static void DrawImage(SKCanvas canvas, ThumbnailPicture image, float x, float y)
    {
        float scale = Side / Math.Max(image.Width, image.Height);
        var place = SKRect.Create(x - (scale * image.Width / 2), y - (scale * image.Height / 2), scale * image.Width, scale * image.Height);
        using SKBitmap bitmap = Png.ToBitmap(image.Pixels, image.Width, image.Height, image.Channels);
        if (scale > 1)
        {
            // Enlarged here rather than by the canvas: a reader of SVG would blur the pixels.
            int times = (int)Math.Ceiling(2 * scale);
            var size = new SKImageInfo(times * image.Width, times * image.Height);
            using SKBitmap large = bitmap.Resize(size, new SKSamplingOptions(SKFilterMode.Nearest));
            Paint(canvas, large, place);
        }
        else
        {
            Paint(canvas, bitmap, place);
        }

        using SKPaint frame = Style.Fill(Style.Axis);
        frame.IsStroke = true;
        canvas.DrawRect(place, frame);
    }

    private static void Paint(SKCanvas canvas, SKBitmap bitmap, SKRect place)
    {
        using SKImage pixels = SKImage.FromBitmap(bitmap);
        canvas.DrawImage(pixels, place, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }
}
