using ScottPlot;

namespace Siamese.Samples.Drawing;

/// <summary>Draws images at their places in the plane.</summary>
public static class ThumbnailScatterPlot
{
    private const float Side = 900;

    /// <summary>Draws the images, as large as their number allows. A unit is as long on both axes.</summary>
    public static Picture Draw(Heading heading, Cloud cloud, IReadOnlyList<ThumbnailPicture> images, string horizontal, string vertical) =>
        Picture.Compose(heading, Side + 100, Side, (canvas, place) =>
        {
            Plot plot = Style.NewPlot();
            CloudPlottable.SetLimits(plot, cloud, place.Width - Style.Left - Style.Margin, place.Height - Style.Bottom - Style.Top);
            plot.HideGrid();
            plot.PlottableList.Add(new ThumbnailCloudPlottable(cloud, images));
            plot.XLabel(horizontal);
            plot.YLabel(vertical);
            Style.Render(plot, canvas, place);
        });
}
