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
        ThumbnailPicture[] pictures =
        [
            .. images.Select(image => new ThumbnailPicture(
                image.Image.Width, image.Image.Height, image.Image.Channels, image.Image.Pixels, image.Caption)),
        ];
        string seen = string.Join("; ", images.Select(image => string.Join(", ", image.Caption)));
        return new Figure(ThumbnailGrid.Draw(new Heading(title), pictures, Math.Min(columns, images.Count)), title, $"{title}: {seen}.");
    }
}
