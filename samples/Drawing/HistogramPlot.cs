using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws two histograms, one upon the other.</summary>
public static class HistogramPlot
{
    private const float Line = 22;

    /// <summary>Draws the shares as steps, translucent, with the threshold as a line.</summary>
    /// <param name="heading">Its legend has the colours: known, then unknown.</param>
    /// <param name="histogram">What to draw.</param>
    public static Picture Draw(Heading heading, Histogram histogram) =>
        Picture.Compose(heading, 900, 500, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            double[] edges = histogram.Edges;
            AddSteps(plot, edges, histogram.Known, heading.Legend![0].Color);
            AddSteps(plot, edges, histogram.Unknown, heading.Legend[1].Color);

            // The upper fifth is for what stands beside the threshold.
            double highest = histogram.Known.Concat(histogram.Unknown).Max();
            plot.Axes.SetLimits(edges[0], edges[^1], 0, highest > 0 ? highest * 1.3 : 1);
            plot.Axes.Left.TickGenerator = Style.Ticks(share => $"{100 * share:0.####} %");
            plot.XLabel(histogram.ScoreName);
            plot.YLabel("share of the images of each kind, by bin");

            bool inside = histogram.Threshold >= edges[0] && histogram.Threshold <= edges[^1];
            if (inside)
            {
                var line = plot.Add.VerticalLine(histogram.Threshold, 2.5f, Color.FromHex(Style.Ink));
                line.LinePattern = LinePattern.Dashed;
            }

            Style.Render(plot, canvas, place);
            DrawThreshold(canvas, histogram, inside, plot.LastRender.DataRect);
        });

    private static void AddSteps(Plot plot, double[] edges, double[] shares, string color)
    {
        var outline = new List<Coordinates> { new(edges[0], 0) };
        for (int i = 0; i < shares.Length; i++)
        {
            outline.Add(new(edges[i], shares[i]));
            outline.Add(new(edges[i + 1], shares[i]));
        }

        outline.Add(new(edges[^1], 0));
        var steps = plot.Add.Polygon([.. outline]);
        steps.FillColor = Color.FromHex(color).WithOpacity(0.45);
        steps.LineColor = Color.FromHex(color);
        steps.LineWidth = 1.5f;
    }

    private static void DrawThreshold(SKCanvas canvas, Histogram histogram, bool inside, PixelRect data)
    {
        double fraction = (histogram.Threshold - histogram.Edges[0]) / (histogram.Edges[^1] - histogram.Edges[0]);
        bool toTheRight = !(fraction > 0.5);
        float x = inside ? data.Left + (float)(fraction * data.Width) : toTheRight ? data.Left : data.Right;
        x += toTheRight ? 10 : -10;
        float y = data.Top + 20;
        using SKFont bold = Style.Font(Style.TextSize, bold: true);
        using SKFont regular = Style.Font(Style.TextSize);
        for (int i = 0; i < histogram.ThresholdLines.Count; i++)
        {
            SKFont font = i == 0 ? bold : regular;
            Style.DrawWithHalo(canvas, histogram.ThresholdLines[i], x, y, toTheRight ? SKTextAlign.Left : SKTextAlign.Right, font, Style.Ink);
            y += Line;
        }
    }
}
