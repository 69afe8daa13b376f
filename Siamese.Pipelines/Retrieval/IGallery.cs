using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>A gallery, wherever it is kept: in this process, in a file, or in an engine that others keep alive.</summary>
/// <remarks>
/// <para>
/// <see cref="Gallery"/> is the one in memory or in one file. An application that is written against this interface takes any other in its
/// place. Any number of threads may call at once.
/// </para>
/// <para>
/// What a call has added when it returns is kept. An item is added whole or not at all. Of a call that fails, stores that have transactions
/// keep nothing; others may keep some of its items, each whole, and say so.
/// </para>
/// <para>
/// A store that cannot be reached, or refuses, is an <see cref="IOException"/> that names it and what to do; one of another version or
/// damaged is an <see cref="InvalidDataException"/>.
/// </para>
/// </remarks>
public interface IGallery : IAsyncDisposable
{
    /// <summary>Gets whose embeddings the gallery holds.</summary>
    EmbeddingSpace Space { get; }

    /// <summary>Counts the items.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>Their number.</returns>
    ValueTask<long> CountAsync(CancellationToken cancellationToken = default);

    /// <summary>Adds items whose ids are not there yet.</summary>
    /// <param name="items">The items.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that ends once the items are kept.</returns>
    /// <exception cref="ArgumentException">
    /// An id stands twice or is there already, or an embedding is of another dimension, not finite, or zero where the distance is the cosine.
    /// Nothing was added.
    /// </exception>
    Task AddAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default);

    /// <summary>Adds items, each in the place of the item of its id where there is one.</summary>
    /// <param name="items">The items.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that ends once the items are kept.</returns>
    /// <exception cref="ArgumentException">An id stands twice, or an embedding cannot be compared. Nothing was changed.</exception>
    Task UpsertAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default);

    /// <summary>Removes items.</summary>
    /// <param name="ids">The items' ids; those that are not there are passed over.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>How many were there.</returns>
    Task<int> RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Gives an item.</summary>
    /// <param name="id">The item's id.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The item with its embedding and metadata; null where there is none of that id.</returns>
    Task<GalleryItem?> FindAsync(string id, CancellationToken cancellationToken = default);

    /// <summary>Gives the items in the order of their ids, page by page as they are enumerated.</summary>
    /// <param name="filter">Which items; null for all.</param>
    /// <param name="skip">How many of them to pass over, at least 0.</param>
    /// <param name="cancellationToken">Stops the enumeration.</param>
    /// <returns>The items. Which of two ids comes first where they differ in a character beyond ASCII is the store's affair.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="skip"/> is negative.</exception>
    IAsyncEnumerable<GalleryItem> ItemsAsync(GalleryFilter? filter = null, int skip = 0, CancellationToken cancellationToken = default);

    /// <summary>Finds the items nearest to each of many queries.</summary>
    /// <param name="queries">D components each, all finite, and not all zero where the distance is the cosine.</param>
    /// <param name="count">How many items are wanted for each, at least 1.</param>
    /// <param name="filter">Among which items; null for all.</param>
    /// <param name="skip">How many of the nearest to pass over, at least 0: those of the pages before.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>For each query its nearest items, nearest first; fewer where there are no more. A store may be approximate, and says so.</returns>
    /// <exception cref="ArgumentException">A query is of another dimension, not finite, or zero where it must not be.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1, or <paramref name="skip"/> negative.</exception>
    Task<IReadOnlyList<IReadOnlyList<Match>>> NearestAsync(
        IReadOnlyList<ReadOnlyMemory<float>> queries,
        int count,
        GalleryFilter? filter = null,
        int skip = 0,
        CancellationToken cancellationToken = default);
}
