using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws images at the places of their embeddings in the plane, framed in the colours of their classes.</summary>
    /// <param name="points">N points. A unit is drawn as long on both axes.</param>
    /// <param name="classes">As many, from 0, or <see cref="Unknown"/>.</param>
    /// <param name="classNames">The classes' names.</param>
    /// <param name="thumbnails">As many as points. The more there are, the smaller they are drawn.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="horizontal">The label of the horizontal axis.</param>
    /// <param name="vertical">The label of the vertical axis.</param>
    /// <returns>The figure. Images that would lie on one another are moved a little.</returns>
    /// <exception cref="ArgumentException">There is no point, one is not finite, or the lists are not as long as each other.</exception>
    public static Figure EmbeddingThumbnails(
        IReadOnlyList<PlanePoint> points,
        IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames,
        IReadOnlyList<Thumbnail> thumbnails,
        string title = "Embeddings, projected to the plane",
        string horizontal = "first axis of the projection (no unit)",
        string vertical = "second axis of the projection (no unit)")
    {
        Check.Points(points);
        ArgumentNullException.ThrowIfNull(classNames);
        Check.Classes(classes, points.Count, classNames.Count);
        ArgumentNullException.ThrowIfNull(thumbnails);
        Check.SameCount(points.Count, "points", thumbnails.Count, "thumbnails", nameof(thumbnails));

        int[] present = Present(classes);
        string seen = $"{Count(points.Count, "image", "images")} of {Count(present.Count(index => index >= 0), "class", "classes")}, "
            + "near each other where the network finds them alike";
        var heading = new Heading(title, seen, Legend(present, classNames));
        Picture picture = ThumbnailScatterPlot.Draw(heading, ToCloud(points, classes), [.. thumbnails.Select(ToPicture)], horizontal, vertical);
        return new Figure(picture, title, $"{title}: {seen}.");
    }
}
