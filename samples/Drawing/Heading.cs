using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>What stands above a picture: a title, a line that says what is seen, and what the colours mean.</summary>
/// <param name="Title">In bold, wrapped at the picture's width.</param>
/// <param name="Subtitle">Smaller, beneath the title, or null.</param>
/// <param name="Legend">In a row beneath, as many rows as needed, or null.</param>
public sealed record Heading(string Title, string? Subtitle = null, IReadOnlyList<LegendItem>? Legend = null)
{
    private const float TitleLine = 28;
    private const float TextLine = 21;
    private const float LegendLine = 26;
    private const float Swatch = 7;

    /// <summary>Draws itself at the top of a canvas, or, where there is none, only measures.</summary>
    /// <returns>The height taken, margins included.</returns>
    internal float Draw(SKCanvas? canvas, float width)
    {
        float right = width - Style.Margin;
        float y = 12;
        using SKPaint ink = Style.Fill(Style.Ink);
        using SKPaint muted = Style.Fill(Style.Muted);
        using SKFont bold = Style.Font(Style.TitleSize, bold: true);
        using SKFont text = Style.Font(Style.TextSize);
        foreach (string line in Style.Wrap(Title, bold, right - Style.Margin))
        {
            y += TitleLine;
            canvas?.DrawText(line, Style.Margin, y - 7, SKTextAlign.Left, bold, ink);
        }

        if (Subtitle is not null)
        {
            foreach (string line in Style.Wrap(Subtitle, text, right - Style.Margin))
            {
                y += TextLine;
                canvas?.DrawText(line, Style.Margin, y - 5, SKTextAlign.Left, text, muted);
            }
        }

        if (Legend is { Count: > 0 })
        {
            y += LegendLine + 4;
            float x = Style.Margin;
            foreach (LegendItem item in Legend)
            {
                float advance = (2 * Swatch) + 8 + text.MeasureText(item.Name) + 24;
                if (x > Style.Margin && x + advance - 24 > right)
                {
                    x = Style.Margin;
                    y += LegendLine;
                }

                if (canvas is not null)
                {
                    using SKPaint fill = Style.Fill(item.Color);
                    Marker.Draw(canvas, item.Shape, x + Swatch, y - 13, Swatch, fill);
                    canvas.DrawText(item.Name, x + (2 * Swatch) + 8, y - 8, SKTextAlign.Left, text, ink);
                }

                x += advance;
            }
        }

        return y + 10;
    }
}
