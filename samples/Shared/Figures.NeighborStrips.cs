using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws images with their nearest neighbours, each framed in green with a tick where it is right, in red with a cross where not.</summary>
    /// <param name="rows">The rows, from above. They may have different numbers of neighbours.</param>
    /// <param name="title">Above the figure.</param>
    /// <returns>The figure. It is the wider, the more neighbours a row has: up to 15 fit a page.</returns>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static Figure NeighborStrips(IReadOnlyList<NeighborStrip> rows, string title)
    {
        Check.NotEmpty(rows, "rows");
        NeighborRow[] drawn =
        [
            .. rows.Select(row => new NeighborRow(
                ToCell(row.Query),
                [.. row.Neighbors.Select(neighbor => new NeighborCell(ToCell(neighbor.Thumbnail), neighbor.IsRight))])),
        ];
        int all = rows.Sum(row => row.Neighbors.Count);
        int right = rows.Sum(row => row.Neighbors.Count(neighbor => neighbor.IsRight));
        LegendItem[] legend =
        [
            new($"right ({right:N0})", ClassColors.Right, LegendItem.Tick), new($"wrong ({all - right:N0})", ClassColors.Wrong, LegendItem.Cross),
        ];
        const string seen = "At the left what was asked for, beside it its neighbours, the nearest first";
        string told = string.Join("; ", rows.Select(row =>
            $"{string.Join(", ", row.Query.Caption)}: {row.Neighbors.Count(neighbor => neighbor.IsRight)} of {row.Neighbors.Count} right"));
        return new Figure(NeighborPlot.Draw(new Heading(title, seen, legend), drawn), title, $"{title}. {seen}. {told}.");
    }
}
