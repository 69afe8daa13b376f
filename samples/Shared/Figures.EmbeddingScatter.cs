using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws embeddings that were projected to the plane, by class, with the classes' names upon them.</summary>
    /// <param name="points">N points. A unit is drawn as long on both axes.</param>
    /// <param name="classes">As many, from 0, or <see cref="Unknown"/>, drawn as grey crosses.</param>
    /// <param name="classNames">The classes' names. Of more than 60 classes none is written upon the points.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="horizontal">The label of the horizontal axis.</param>
    /// <param name="vertical">The label of the vertical axis.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no point, one is not finite, or there are not as many classes or too few names.</exception>
    public static Figure EmbeddingScatter(
        IReadOnlyList<PlanePoint> points,
        IReadOnlyList<int> classes,
        IReadOnlyList<string> classNames,
        string title = "Embeddings, projected to the plane",
        string horizontal = "first axis of the projection (no unit)",
        string vertical = "second axis of the projection (no unit)")
    {
        Check.Points(points);
        ArgumentNullException.ThrowIfNull(classNames);
        Check.Classes(classes, points.Count, classNames.Count);

        int[] present = Present(classes);
        int[] known = [.. present.Where(index => index >= 0)];
        int unknown = classes.Count(index => index < 0);
        string seen = $"{Count(points.Count, "image", "images")} of {Count(known.Length, "class", "classes")}, "
            + "near each other where the network finds them alike";
        if (unknown > 0)
        {
            seen += $"; {unknown:N0} of them unknown";
        }

        CloudLabel[] labels = known.Length > MostLabels
            ? []
            : [.. known.Select(index => MedianLabel(points, classes, index, classNames[index]))];
        var heading = new Heading(title, seen, Legend(present, classNames));
        Picture picture = ScatterPlot.Draw(heading, ToCloud(points, classes), labels, horizontal, vertical);
        return new Figure(picture, title, $"{title}: {seen}.");
    }

    private static Cloud ToCloud(IReadOnlyList<PlanePoint> points, IReadOnlyList<int> classes) =>
        new([.. points.Select(point => point.X)], [.. points.Select(point => point.Y)], [.. classes]);

    // The mean of a class that fell into two clusters, or has a few points far away, lies where none of its points is.
    internal static CloudLabel MedianLabel(IReadOnlyList<PlanePoint> points, IReadOnlyList<int> classes, int index, string name)
    {
        PlanePoint[] members = [.. points.Where((_, i) => classes[i] == index)];
        double[] x = [.. members.Select(point => point.X).Order()];
        double[] y = [.. members.Select(point => point.Y).Order()];
        return new CloudLabel(name, Quantile(x, 0.5), Quantile(y, 0.5));
    }

    private static double Quantile(double[] ascending, double share)
    {
        double place = share * (ascending.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, ascending.Length - 1);
        return ascending[below] + ((place - below) * (ascending[above] - ascending[below]));
    }
}
