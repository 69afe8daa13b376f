using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Samples.Stores;

/// <summary>Opens a gallery by what a command line says of it.</summary>
public static class GalleryStore
{
    private const string Garnet = "garnet://";

    /// <summary>What a command line may say.</summary>
    public const string Forms = $"memory, a file such as faces.db, garnet://[:password@]host:port[,host:port]/name, or {PostgresStore.Form}";

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

        if (store.StartsWith(Garnet, StringComparison.Ordinal))
        {
            return OpenGarnetAsync(store, space, cancellationToken);
        }

        if (PostgresStore.Is(store))
        {
            return PostgresStore.OpenOrCreateAsync(store, space, cancellationToken);
        }

        return store.Contains("://", StringComparison.Ordinal)
            ? throw new ArgumentException($"'{store}' is no store. Name {Forms}.", nameof(store))
            : Task.Run<IGallery>(() => Gallery.OpenOrCreate(store, space), cancellationToken);
    }

    private static async Task<IGallery> OpenGarnetAsync(string store, EmbeddingSpace space, CancellationToken cancellation)
    {
        // By hand: a URI has one host.
        string[] parts = store[Garnet.Length..].Split('/');
        int at = parts[0].LastIndexOf('@');
        string nodes = parts[0][(at + 1)..];
        string login = at < 0 ? ":" : parts[0][..at];
        if (parts is not [_, { Length: > 0 } name] || nodes.Length == 0 || !login.StartsWith(':'))
        {
            // Without the login, which is not to stand in a log.
            throw new ArgumentException($"'{Garnet}{nodes}/{string.Join('/', parts.Skip(1))}' is no store. Name {Forms}.", nameof(store));
        }

        ConfigurationOptions connection = ConfigurationOptions.Parse(nodes);
        connection.Password = login.Length == 1 ? null : Uri.UnescapeDataString(login[1..]);
        return await GarnetGallery.OpenOrCreateAsync(
            connection.ToString(includePassword: true), Uri.UnescapeDataString(name), space, cancellationToken: cancellation).ConfigureAwait(false);
    }
}
