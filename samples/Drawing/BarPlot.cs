using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws numbers by name, as bars beneath one another.</summary>
public static class BarPlot
{
    private const float Width = 900;
    private const float Line = 28;
    private const float Bar = 18;
    private const float WidestName = 260;
    private const float Gap = 12;

    /// <summary>Draws a bar for each number, with the name before it and the number behind.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<string> names, IReadOnlyList<double> values, IReadOnlyList<string> written)
    {
        using SKFont measure = Style.Font(Style.TextSize);
        float name = Math.Min(WidestName, names.Max(text => measure.MeasureText(text)));
        float number = written.Max(text => measure.MeasureText(text));
        return Picture.Compose(heading, Width, (names.Count * Line) + Style.Margin, (canvas, place) =>
        {
            using SKFont font = Style.Font(Style.TextSize);
            using SKPaint ink = Style.Fill(Style.Ink);
            using SKPaint fill = Style.Fill(ClassColors.Of(0));
            float left = Style.Margin + name + Gap;
            float longest = place.Right - Style.Margin - number - Gap - left;
            double greatest = values.Max();
            for (int i = 0; i < names.Count; i++)
            {
                float top = place.Top + (i * Line);
                float middle = top + (Line / 2);
                float length = greatest > 0 ? (float)(longest * values[i] / greatest) : 0;
                canvas.DrawText(Style.Shorten(names[i], font, name), Style.Margin + name, middle + 6, SKTextAlign.Right, font, ink);
                canvas.DrawRoundRect(SKRect.Create(left, middle - (Bar / 2), length, Bar), 2, 2, fill);
                canvas.DrawText(written[i], left + length + Gap, middle + 6, SKTextAlign.Left, font, ink);
            }
        });
    }
}
