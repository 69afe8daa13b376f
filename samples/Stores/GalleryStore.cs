using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Samples.Stores;

/// <summary>Opens a gallery by what a command line says of it.</summary>
public static class GalleryStore
{
    /// <summary>What a command line may say.</summary>
    public const string Forms = $"memory, a file such as faces.db, or {PostgresStore.Form}";

    /// <summary>Opens a gallery, or makes it where there is none.</summary>
    /// <param name="store">One of <see cref="Forms"/>.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The store is of none of the forms, or holds the embeddings of another network.</exception>
    /// <exception cref="IOException">The store cannot be reached, read or written.</exception>
    public static Task<IGallery> OpenOrCreateAsync(string store, EmbeddingSpace space, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(store);
        if (store == "memory")
        {
            return Task.FromResult<IGallery>(Gallery.InMemory(space));
        }

        if (PostgresStore.Is(store))
        {
            return PostgresStore.OpenOrCreateAsync(store, space, cancellationToken);
        }

        return store.Contains("://", StringComparison.Ordinal)
            ? throw new ArgumentException($"'{store}' is no store. Name {Forms}.", nameof(store))
            : Task.Run<IGallery>(() => Gallery.OpenOrCreate(store, space), cancellationToken);
    }
}
