using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws images in rows, each with its caption, such as the mistakes a classifier was surest of.</summary>
    /// <param name="images">The images, row by row. All are drawn at one size; small ones keep their pixels square.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="columns">The images of a row.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no image.</exception>
    public static Figure ThumbnailSheet(IReadOnlyList<CaptionedThumbnail> images, string title, int columns = 8)
    {
        Check.NotEmpty(images, "images");
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return Sheet([.. images.Select(ToCell)], title, columns);
    }

    private static Figure Sheet(ThumbnailCell[] cells, string title, int columns)
    {
        string seen = string.Join("; ", cells.Select(cell => string.Join(", ", cell.Caption)));
        return new Figure(ThumbnailGrid.Draw(new Heading(title), cells, Math.Min(columns, cells.Length)), title, $"{title}: {seen}.");
    }

    private static ThumbnailCell ToCell(CaptionedThumbnail image) => new(ToPicture(image.Image), image.Caption);

    private static ThumbnailPicture ToPicture(Thumbnail image) => new(image.Width, image.Height, image.Channels, image.Pixels);
}
