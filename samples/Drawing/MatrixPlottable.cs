using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws the cells: shares on the diagonal in one colour, off it in another, which even few mistakes tint.</summary>
internal sealed class MatrixPlottable(double[,] counts, float cell, string right, string wrong) : IPlottable
{
    public bool IsVisible { get; set; } = true;

    public IAxes Axes { get; set; } = new Axes();

    public IEnumerable<ScottPlot.LegendItem> LegendItems => [];

    public AxisLimits GetAxisLimits() => AxisLimits.NoLimits;

    public void Render(RenderPack rp)
    {
        int size = counts.GetLength(0);
        float gap = cell > 20 ? 1 : 0.5f;
        for (int row = 0; row < size; row++)
        {
            double total = Enumerable.Range(0, size).Sum(column => counts[row, column]);
            for (int column = 0; column < size; column++)
            {
                double count = counts[row, column];
                double share = total > 0 ? count / total : 0;
                Pixel corner = Axes.GetPixel(new Coordinates(column, size - row));
                var place = SKRect.Create(corner.X + gap, corner.Y + gap, cell - (2 * gap), cell - (2 * gap));
                SKColor color = Color(row == column, share);
                using var fill = new SKPaint { Color = color };
                rp.Canvas.DrawRect(place, fill);
                if (count > 0)
                {
                    Write(rp.Canvas, place, count, share, IsDark(color) ? "#ffffff" : Style.Ink);
                }
            }
        }
    }

    private void Write(SKCanvas canvas, SKRect place, double count, double share, string color)
    {
        string number = $"{count:#,0.##}";
        using SKPaint ink = Style.Fill(color);
        using SKFont big = Fitting(number, Math.Min(18, 0.45f * cell), place.Width - 4);
        if (big.Size < 8)
        {
            return;
        }

        if (cell < 48)
        {
            canvas.DrawText(number, place.MidX, place.MidY + (0.36f * big.Size), SKTextAlign.Center, big, ink);
            return;
        }

        string percent = share < 0.0995 ? $"{100 * share:0.0} %" : $"{100 * share:0.#} %";
        using SKFont small = Fitting(percent, 13, place.Width - 4);
        canvas.DrawText(number, place.MidX, place.MidY - 2, SKTextAlign.Center, big, ink);
        canvas.DrawText(percent, place.MidX, place.MidY + 16, SKTextAlign.Center, small, ink);
    }

    private static SKFont Fitting(string text, float size, float width)
    {
        SKFont font = Style.Font(size);
        font.Size = Math.Min(size, size * width / font.MeasureText(text));
        return font;
    }

    private SKColor Color(bool diagonal, double share)
    {
        // The square root makes one mistake in three hundred visible, where most rows have none.
        double weight = share <= 0 ? 0 : diagonal ? share : Math.Min(1, 0.08 + (0.92 * Math.Sqrt(share)));
        SKColor full = SKColor.Parse(diagonal ? right : wrong);
        SKColor empty = SKColor.Parse("#f4f5f7");
        return new SKColor(Mix(empty.Red, full.Red, weight), Mix(empty.Green, full.Green, weight), Mix(empty.Blue, full.Blue, weight));
    }

    private static byte Mix(byte from, byte to, double weight) => (byte)Math.Round(from + ((to - from) * weight));

    private static bool IsDark(SKColor color) => (0.299 * color.Red) + (0.587 * color.Green) + (0.114 * color.Blue) < 150;
}
