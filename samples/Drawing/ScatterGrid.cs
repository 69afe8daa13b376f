using ScottPlot;
using ScottPlot.MultiplotLayouts;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws scatter plots side by side.</summary>
public static class ScatterGrid
{
    private const float Side = 250;
    private const float Gap = 9;
    private const float TitleHeight = 30;
    private const float CaptionLine = 20;

    /// <summary>Draws the panels row by row, each at its own scale and without ticks.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<CloudPanel> panels, int columns)
    {
        int rows = (panels.Count + columns - 1) / columns;
        float caption = 8 + (CaptionLine * panels.Max(panel => panel.Caption.Count));
        float cellWidth = Side + (2 * Gap);
        float cellHeight = TitleHeight + Side + caption + Gap;
        return Picture.Compose(heading, (columns * cellWidth) + (2 * Gap), (rows * cellHeight) + Gap, (canvas, place) =>
        {
            var grid = new SKRect(Gap, place.Top, Gap + (columns * cellWidth), place.Top + (rows * cellHeight));
            var plots = new Multiplot { Layout = new Grid(rows, columns) };
            plots.Subplots.RemoveAt(0);
            foreach (CloudPanel panel in panels)
            {
                plots.AddPlot(Plot(panel.Cloud, caption));
            }

            // The layout takes the upper left corner for the origin, and a multiplot clears the canvas it is given.
            canvas.Save();
            canvas.ClipRect(grid);
            canvas.Translate(grid.Left, grid.Top);
            Style.Render(canvas, new PixelRect(0, grid.Width, grid.Height, 0), plots.Render);
            canvas.Restore();
            for (int i = 0; i < panels.Count; i++)
            {
                Write(canvas, panels[i], grid.Left + (i % columns * cellWidth), grid.Top + (i / columns * cellHeight));
            }
        });
    }

    private static Plot Plot(Cloud cloud, float caption)
    {
        Plot plot = Style.NewPlot();
        plot.Layout.Fixed(new PixelPadding(Gap, Gap, caption + Gap, TitleHeight));
        plot.HideGrid();
        plot.Axes.Frame(true);
        plot.Axes.FrameColor(Color.FromHex(Style.Axis));
        plot.Axes.FrameWidth(1);
        foreach (IAxis axis in plot.Axes.GetAxes())
        {
            axis.TickLabelStyle.IsVisible = false;
            axis.MajorTickStyle.Length = 0;
            axis.MinorTickStyle.Length = 0;
        }

        CloudPlottable.SetLimits(plot, cloud, Side, Side);
        plot.PlottableList.Add(new CloudPlottable(cloud, [], CloudPlottable.Radius(cloud.X.Length, Side)));
        return plot;
    }

    private static void Write(SKCanvas canvas, CloudPanel panel, float x, float y)
    {
        using SKPaint ink = Style.Fill(Style.Ink);
        using SKFont bold = Style.Font(Style.TextSize, bold: true);
        using SKFont text = Style.Font(Style.SmallSize);
        float middle = x + Gap + (Side / 2);
        canvas.DrawText(Style.Shorten(panel.Title, bold, Side), middle, y + TitleHeight - 9, SKTextAlign.Center, bold, ink);
        float line = y + TitleHeight + Side;
        foreach (string caption in panel.Caption)
        {
            line += CaptionLine;
            canvas.DrawText(Style.Shorten(caption, text, Side), middle, line, SKTextAlign.Center, text, ink);
        }
    }
}
