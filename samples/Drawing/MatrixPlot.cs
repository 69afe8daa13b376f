using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws a confusion matrix.</summary>
public static class MatrixPlot
{
    private const string Right = "#1b6fb8";
    private const float LongestName = 170;

    /// <summary>Draws counts, and beneath them their shares of the row.</summary>
    /// <param name="heading">What stands above.</param>
    /// <param name="counts">(N, N): row true class, column predicted class.</param>
    /// <param name="names">The N names.</param>
    public static Picture Draw(Heading heading, double[,] counts, IReadOnlyList<string> names)
    {
        int size = names.Count;
        float cell = size <= 4 ? 110 : size <= 12 ? 68 : Math.Max(9, 860f / size);
        using SKFont font = Style.Font(Math.Min(Style.TextSize, Math.Max(9, 0.8f * cell)));
        string[] shown = [.. names.Select(name => Style.Shorten(name, font, LongestName))];
        float longest = shown.Max(name => font.MeasureText(name));

        // Somewhat larger cells are better than names to be read from the side.
        cell = size <= 12 ? Math.Clamp(longest + 12, cell, Math.Max(cell, 720f / size)) : cell;
        bool turned = longest > cell - 6;
        float left = longest + 52;
        float bottom = (turned ? longest : font.Size) + 56;
        float fontSize = font.Size;
        return Picture.Compose(heading, Math.Max(460, left + (size * cell) + Style.Margin), (size * cell) + bottom + 8, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            plot.HideGrid();
            plot.Layout.Fixed(new PixelPadding(left, place.Width - left - (size * cell), bottom, 8));
            plot.Axes.SetLimits(0, size, 0, size);
            plot.PlottableList.Add(new MatrixPlottable(counts, cell, Right, ClassColors.Wrong));
            double[] middles = [.. Enumerable.Range(0, size).Select(i => i + 0.5)];
            Label(plot.Axes.Bottom, middles, shown, fontSize);
            Label(plot.Axes.Left, middles, [.. shown.Reverse()], fontSize);
            if (turned)
            {
                plot.Axes.Bottom.TickLabelStyle.Rotation = -90;
                plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.MiddleRight;
                plot.Axes.Bottom.TickLabelStyle.OffsetY = 4;

                // ScottPlot measures the labels as if they were not turned.
                plot.Axes.Bottom.MinimumSize = bottom - 10;
            }

            plot.XLabel("predicted class");
            plot.YLabel("true class");
            Style.Render(plot, canvas, place);
        });
    }

    private static void Label(IAxis axis, double[] positions, string[] names, float size)
    {
        axis.TickGenerator = new NumericManual(positions, names);
        axis.TickLabelStyle.FontSize = size;
        axis.MajorTickStyle.Length = 0;
        axis.FrameLineStyle.Width = 0;
    }
}
