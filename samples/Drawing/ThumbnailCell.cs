using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>An image, or two with an arrow between them, and what stands beneath.</summary>
/// <param name="Image">The image.</param>
/// <param name="Caption">Lines.</param>
/// <param name="After">What became of it, to its right; or null.</param>
public sealed record ThumbnailCell(ThumbnailPicture Image, IReadOnlyList<string> Caption, ThumbnailPicture? After = null)
{
    internal const float CaptionLine = 19;

    /// <summary>Measures the longest line of some captions.</summary>
    internal static float Widest(IEnumerable<ThumbnailCell> cells)
    {
        using SKFont font = Style.Font(Style.SmallSize);
        return cells.SelectMany(cell => cell.Caption).Select(line => font.MeasureText(line)).DefaultIfEmpty(0).Max();
    }

    /// <summary>Writes the caption, centred, beneath a line; what is too long is cut short.</summary>
    internal void Write(SKCanvas canvas, float x, float y, float width)
    {
        using SKPaint ink = Style.Fill(Style.Ink);
        using SKFont font = Style.Font(Style.SmallSize);
        foreach (string line in Caption)
        {
            y += CaptionLine;
            canvas.DrawText(Style.Shorten(line, font, width), x, y - 4, SKTextAlign.Center, font, ink);
        }
    }
}
