using ScottPlot;
using SkiaSharp;

namespace Siamese.Samples.Drawing;

/// <summary>Draws a tree of clusters.</summary>
public static class TreePlot
{
    private const float LeastWidth = 900;
    private const float MostWidth = 1600;
    private const float Height = 520;
    private const float WidestName = 130;
    private const float Ticks = 16;

    /// <summary>Draws the branches over the leaves, from the left; with a dashed line where the tree is cut.</summary>
    public static Picture Draw(Heading heading, IReadOnlyList<TreeLeaf> leaves, IReadOnlyList<TreeBranch> branches, double? cut, string vertical)
    {
        float width = Math.Clamp(leaves.Count * 9, LeastWidth, MostWidth);
        using SKFont measure = Style.Font(Style.SmallSize);
        float names = Math.Min(WidestName, leaves.Max(leaf => measure.MeasureText(leaf.Name)));
        float foot = Ticks + (names > 0 ? names + 8 : 0);
        return Picture.Compose(heading, width, Height + foot + Style.Margin, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            plot.Layout.Fixed(new PixelPadding(Style.Left, Style.Margin, foot + Style.Margin, Style.Top));
            plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.EmptyTickGenerator();
            plot.Grid.XAxisStyle.IsVisible = false;
            double highest = branches.Count == 0 ? 1 : branches.Max(branch => branch.Height);
            plot.Axes.SetLimits(-0.7, leaves.Count - 0.3, 0, highest > 0 ? 1.05 * highest : 1);
            plot.YLabel(vertical);
            foreach (TreeBranch branch in branches)
            {
                var bracket = plot.Add.ScatterLine(
                    new[] { branch.Left, branch.Left, branch.Right, branch.Right },
                    new[] { branch.LeftHeight, branch.Height, branch.Height, branch.RightHeight },
                    Color.FromHex(branch.Color));
                bracket.LineWidth = leaves.Count > 150 ? 1.2f : 1.8f;
            }

            if (cut is { } height)
            {
                var line = plot.Add.HorizontalLine(height, 1.5f, Color.FromHex(Style.Ink));
                line.LinePattern = LinePattern.Dashed;
            }

            Style.Render(plot, canvas, place);
            DrawLeaves(canvas, leaves, plot.LastRender.DataRect, names);
        });
    }

    private static void DrawLeaves(SKCanvas canvas, IReadOnlyList<TreeLeaf> leaves, PixelRect data, float names)
    {
        float step = data.Width / leaves.Count;
        float radius = Math.Clamp(0.4f * step, 1, 5);
        using SKFont font = Style.Font(Style.SmallSize);
        using SKPaint ink = Style.Fill(Style.Ink);
        for (int i = 0; i < leaves.Count; i++)
        {
            // As far from the edges as the limits of the axis say.
            float x = data.Left + ((i + 0.7f) / (leaves.Count + 0.4f) * data.Width);
            using SKPaint fill = Style.Fill(leaves[i].Color);
            Marker.Draw(canvas, leaves[i].Shape, x, data.Bottom + 9, radius, fill);
            if (leaves[i].Name.Length > 0)
            {
                canvas.Save();
                canvas.Translate(x + 5, data.Bottom + Ticks + 4);
                canvas.RotateDegrees(-90);
                canvas.DrawText(Style.Shorten(leaves[i].Name, font, names), 0, 0, SKTextAlign.Right, font, ink);
                canvas.Restore();
            }
        }
    }
}
