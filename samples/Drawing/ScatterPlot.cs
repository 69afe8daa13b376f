using ScottPlot;

namespace Siamese.Samples.Drawing;

/// <summary>Draws points in the plane by class.</summary>
public static class ScatterPlot
{
    private const float Side = 800;

    /// <summary>Draws the points with their classes' names upon them. A unit is as long on both axes.</summary>
    public static Picture Draw(Heading heading, Cloud cloud, IReadOnlyList<CloudLabel> labels, string horizontal, string vertical) =>
        Picture.Compose(heading, Side + 100, Side, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            CloudPlottable.SetLimits(plot, cloud, place.Width - Style.Left - Style.Margin, place.Height - Style.Bottom - Style.Top);
            plot.PlottableList.Add(new CloudPlottable(cloud, labels, CloudPlottable.Radius(cloud.X.Length, Side)));
            plot.XLabel(horizontal);
            plot.YLabel(vertical);
            Style.Render(plot, canvas, place);
        });
}
