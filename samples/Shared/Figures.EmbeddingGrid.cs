using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws several projections side by side, such as those of networks trained with different margins.</summary>
    /// <param name="panels">The panels, row by row. Each is drawn at its own scale.</param>
    /// <param name="classNames">The classes' names, for the legend.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="columns">The panels of a row.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no panel, or one is not as <see cref="EmbeddingScatter"/> takes it.</exception>
    public static Figure EmbeddingGrid(
        IReadOnlyList<EmbeddingPanel> panels,
        IReadOnlyList<string> classNames,
        string title = "Embeddings, projected to the plane",
        int columns = 5)
    {
        Check.NotEmpty(panels, "panels");
        ArgumentNullException.ThrowIfNull(classNames);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        foreach (EmbeddingPanel panel in panels)
        {
            Check.Points(panel.Points, nameof(panels));
            Check.Classes(panel.Classes, panel.Points.Count, classNames.Count, nameof(panels));
        }

        CloudPanel[] clouds = [.. panels.Select(panel => new CloudPanel(panel.Title, ToCloud(panel.Points, panel.Classes), panel.Caption))];
        var heading = new Heading(title, Legend: Legend(Present(panels.SelectMany(panel => panel.Classes)), classNames));
        string seen = string.Join("; ", panels.Select(panel => $"{panel.Title}: {string.Join(", ", panel.Caption)}"));
        return new Figure(ScatterGrid.Draw(heading, clouds, Math.Min(columns, panels.Count)), title, $"{title}. {seen}.");
    }
}
