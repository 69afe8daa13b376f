using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

/// <summary>A gallery in Garnet, a cache-store that keeps vectors in search graphs (vector sets), on one node or spread over a cluster.</summary>
/// <remarks>
/// <para>
/// The items are dealt by a hash of their ids to shards. A shard has a vector set, which finds candidates; a key for each item, with its
/// embedding, label and metadata; and a sorted set of ids. A search asks all shards, takes the nearest of what they found, and compares
/// those exactly. It is approximate: some of the nearest items may be missing, but each distance is that of the embedding.
/// </para>
/// <para>
/// The item's key decides: it is written last, with the id in one transaction, and deleted first. So a writer that is killed leaves an item whole or
/// not there; at most a vector that belongs to no item is left over, which no search shows and which searches remove after a day. What
/// was acknowledged survives a kill of the server where Garnet writes its log before it answers (<c>--aof --aof-commit-wait</c>), and is started again
/// as the project's guide to Garnet says: Garnet 2.2.8 may else lose all. Vectors that a replica drops when it takes over are added again by the gallery.
/// </para>
/// <para>
/// A call of several items is no transaction: where it fails midway, some of its items are kept, each whole, and it may be repeated by
/// <see cref="UpsertAsync"/>. Of two writers that add one id at the same time one is refused; the other items of its call may be kept.
/// </para>
/// </remarks>
public sealed partial class GarnetGallery : IGallery
{
    // So many commands are under way at once for one call: enough to hide the way to the server, few enough to keep the answers in time.
    private const int Batch = 256;

    private readonly GarnetConnection _connection;
    private readonly GarnetGalleryOptions _options;
    private readonly GarnetHeader _header;
    private readonly GalleryShards _shards;
    private readonly TakeOverRepair _repair;

    private GarnetGallery(GarnetConnection connection, string name, EmbeddingSpace space, GarnetHeader header, GarnetGalleryOptions options)
    {
        _connection = connection;
        _options = options;
        _header = header;
        _shards = new GalleryShards(name, header.Shards);
        Space = space;
        _repair = new TakeOverRepair(LookAfterShardsAsync, options.RetryFor);
    }

    /// <inheritdoc/>
    public EmbeddingSpace Space { get; }

    /// <summary>Gets the number of vector sets the gallery is dealt to, as it was made.</summary>
    public int Shards => _header.Shards;

    /// <summary>Opens a gallery, and makes it where there is none of that name.</summary>
    /// <param name="connection">
    /// The server, or some nodes of the cluster, as StackExchange.Redis reads it: <c>host:port,host:port,password=...</c>.
    /// </param>
    /// <param name="name">The gallery's name, with which its keys begin; without braces.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="options">The layout of a gallery that is made, and how it is searched; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery, which closes its connection when it is disposed.</returns>
    /// <exception cref="ArgumentException">
    /// The gallery holds embeddings of another network, dimension or distance, the name has braces or is blank, or the connection names no server.
    /// </exception>
    /// <exception cref="IOException">The store cannot be reached, refuses the password, or has no vector sets.</exception>
    /// <exception cref="InvalidDataException">The gallery is of another format version, or the key of its header holds something else.</exception>
    public static async Task<GarnetGallery> OpenOrCreateAsync(
        string connection,
        string name,
        EmbeddingSpace space,
        GarnetGalleryOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connection);
        Check(name, space);
        options ??= new GarnetGalleryOptions();
        GarnetConnection opened = await GarnetConnection.OpenAsync(connection, options, cancellationToken).ConfigureAwait(false);
        return await OpenOrCreateAsync(opened, name, space, options, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a gallery over a connection that others use too, and makes it where there is none of that name.</summary>
    /// <param name="connection">The connection; it stays the caller's, who disposes it. Its own timeouts hold.</param>
    /// <param name="name">The gallery's name, with which its keys begin; without braces.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="options">The layout of a gallery that is made, and how it is searched; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery.</returns>
    /// <exception cref="ArgumentException">
    /// The gallery holds embeddings of another network, dimension or distance, or the name has braces or is blank.
    /// </exception>
    /// <exception cref="IOException">The store cannot be reached, or has no vector sets.</exception>
    /// <exception cref="InvalidDataException">The gallery is of another format version, or the key of its header holds something else.</exception>
    public static Task<GarnetGallery> OpenOrCreateAsync(
        IConnectionMultiplexer connection,
        string name,
        EmbeddingSpace space,
        GarnetGalleryOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        Check(name, space);
        options ??= new GarnetGalleryOptions();
        return OpenOrCreateAsync(new GarnetConnection(connection, isOwned: false, options.RetryFor), name, space, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(CancellationToken cancellationToken = default)
    {
        long[] counts = await Task.WhenAll(Enumerable.Range(0, _shards.Count).Select(
            shard => _connection.SendAsync(database => database.SortedSetLengthAsync(_shards.Ids(shard)), cancellationToken))).ConfigureAwait(false);
        return counts.Sum();
    }

    /// <summary>Closes the connection, unless it is the caller's.</summary>
    /// <returns>A task that ends once it is closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _connection.Changed -= _repair.Begin;
        await _repair.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static void Check(string name, EmbeddingSpace space)
    {
        ArgumentNullException.ThrowIfNull(space);
        Guard.NotBlank(name, nameof(name));
        if (name.AsSpan().ContainsAny('{', '}'))
        {
            throw new ArgumentException(
                $"The name '{name}' has braces, which say where in a cluster a key lies. Name the gallery without them.", nameof(name));
        }
    }

    private static async Task<GarnetGallery> OpenOrCreateAsync(
        GarnetConnection connection, string name, EmbeddingSpace space, GarnetGalleryOptions options, CancellationToken cancellation)
    {
        try
        {
            RedisKey key = GalleryShards.HeaderOf(name);
            await connection.SendAsync(
                database => database.StringSetAsync(key, GarnetHeader.Of(space, options).ToJson(), when: When.NotExists),
                cancellation).ConfigureAwait(false);
            string text = (await connection.SendAsync(database => database.StringGetAsync(key), cancellation).ConfigureAwait(false)).ToString();
            GarnetHeader header = GarnetHeader.Parse(text, key.ToString());
            if (header.ToSpace() != space)
            {
                throw new ArgumentException(
                    $"The gallery '{name}' in Garnet at {connection.Store} holds embeddings of {header.ToSpace()}, but was opened for {space}. "
                    + "Embeddings of two networks cannot be compared: give each a gallery of its own.",
                    nameof(space));
            }

            var gallery = new GarnetGallery(connection, name, space, header, options);

            // Asks for vector sets now, rather than at the first item.
            await connection.SendAsync(database => database.VectorSetInfoAsync(gallery._shards.Vectors(0)), cancellation).ConfigureAwait(false);

            // A replica may have taken over while nobody had the gallery open.
            connection.Changed += gallery._repair.Begin;
            gallery._repair.Begin();
            return gallery;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
