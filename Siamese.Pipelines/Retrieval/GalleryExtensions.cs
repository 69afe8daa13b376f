namespace Siamese.Pipelines.Retrieval;

/// <summary>Calls of any gallery that take one thing where the gallery takes many.</summary>
public static class GalleryExtensions
{
    /// <summary>Adds an item whose id is not there yet.</summary>
    /// <param name="gallery">The gallery.</param>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that ends once the item is kept.</returns>
    /// <exception cref="ArgumentException">The id is there already, or the embedding cannot be compared.</exception>
    public static Task AddAsync(this IGallery gallery, GalleryItem item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gallery);
        ArgumentNullException.ThrowIfNull(item);
        return gallery.AddAsync([item], cancellationToken);
    }

    /// <summary>Finds the items nearest to a query.</summary>
    /// <param name="gallery">The gallery.</param>
    /// <param name="query">D components, all finite, and not all zero where the distance is the cosine.</param>
    /// <param name="count">How many items are wanted, at least 1.</param>
    /// <param name="filter">Among which items; null for all.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The nearest items, nearest first.</returns>
    /// <exception cref="ArgumentException">The query is of another dimension, not finite, or zero where it must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is less than 1.</exception>
    public static async Task<IReadOnlyList<Match>> NearestAsync(
        this IGallery gallery, ReadOnlyMemory<float> query, int count, GalleryFilter? filter = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(gallery);
        return (await gallery.NearestAsync([query], count, filter, cancellationToken: cancellationToken).ConfigureAwait(false))[0];
    }

    /// <summary>Says who a query is: the nearest item or, beyond a distance, nobody.</summary>
    /// <param name="gallery">The gallery.</param>
    /// <param name="query">D components, all finite, and not all zero where the distance is the cosine.</param>
    /// <param name="distance">The greatest distance at which somebody is named, at least 0, in the unit of the gallery's distance.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>The nearest item; null where it is farther, or the gallery is empty.</returns>
    /// <exception cref="ArgumentException">The query is of another dimension, not finite, or zero where it must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative or not a number.</exception>
    public static async Task<Match?> IdentifyAsync(
        this IGallery gallery, ReadOnlyMemory<float> query, float distance, CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(distance, 0, nameof(distance));
        return await gallery.NearestAsync(query, 1, cancellationToken: cancellationToken).ConfigureAwait(false) is [Match nearest]
            && nearest.Distance <= distance
            ? nearest
            : null;
    }
}
