using Siamese.Samples.Drawing;

namespace Siamese.Samples.Shared;

public static partial class Figures
{
    /// <summary>Draws images side by side with what became of them, such as faces before and after their alignment.</summary>
    /// <param name="pairs">The pairs, row by row. All images are drawn at one size, an arrow between the two of a pair.</param>
    /// <param name="title">Above the figure.</param>
    /// <param name="columns">The pairs of a row.</param>
    /// <returns>The figure.</returns>
    /// <exception cref="ArgumentException">There is no pair.</exception>
    public static Figure BeforeAndAfter(IReadOnlyList<ThumbnailPair> pairs, string title, int columns = 3)
    {
        Check.NotEmpty(pairs, "pairs");
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        return Sheet(
            [.. pairs.Select(pair => new ThumbnailCell(ToPicture(pair.Before), pair.Caption, ToPicture(pair.After)))], title, columns);
    }
}
