using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;
using Pgvector;
using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Postgres;

/// <summary>A gallery kept in PostgreSQL with the extension pgvector: for applications that share one, or keep it beside their other data.</summary>
/// <remarks>
/// <para>
/// Every change is one transaction: all of a call is kept or none of it, and it is as durable as the server makes its commits when the call
/// returns. Where the connection breaks while a change is being committed, it may have been kept though the call fails;
/// <see cref="UpsertAsync"/> may then be called again.
/// </para>
/// <para>
/// A search looks at every item, exactly, until <see cref="BuildIndexAsync"/> made an HNSW index. From then on a search without a filter is
/// answered from the index, and for one with a filter, or for more than 1,000 items, the server chooses. The index is approximate: it can miss
/// items; the distances it gives are exact. Where it gives fewer items than were asked for, the search is done over exactly.
/// <see cref="PostgresGalleryOptions.Exact"/> never asks the index.
/// </para>
/// <para>
/// Ids and labels are kept exactly; items come in the ordinal order of the UTF-8 of their ids. A text has at most 2,048 bytes and no U+0000.
/// The gallery's items stand in one table, whose number the table <c>gallery</c> of the schema tells.
/// </para>
/// </remarks>
public sealed partial class PostgresGallery : IGallery
{
    private const int Page = 256;

    private readonly NpgsqlDataSource _source;
    private readonly bool _ownsSource;
    private readonly PostgresErrors _errors;
    private readonly PostgresGalleryOptions _options;
    private readonly OpenedGallery _opened;
    private readonly GalleryTable _table;

    // Whether an index was there when last looked: this gallery or another process may make or drop it.
    private volatile bool _isIndexed;
    private volatile bool _disposed;

    private PostgresGallery(
        NpgsqlDataSource source, bool ownsSource, EmbeddingSpace space, OpenedGallery opened, PostgresErrors errors, PostgresGalleryOptions options)
    {
        _source = source;
        _ownsSource = ownsSource;
        _opened = opened;
        _table = opened.Table;
        _isIndexed = opened.IsIndexed;
        _errors = errors;
        _options = options;
        Space = space;
    }

    /// <inheritdoc/>
    public EmbeddingSpace Space { get; }

    /// <summary>Opens a gallery, and makes it, its tables and the extension where they are not there.</summary>
    /// <param name="connectionString">
    /// Where the server is and who asks, as Npgsql has it: <c>Host=localhost;Username=ada;Password=…;Database=faces</c>. The gallery keeps a pool of
    /// connections of its own until it is disposed.
    /// </param>
    /// <param name="name">The gallery's name, any text; a database holds many galleries.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="options">The schema and the index; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// The connection string cannot be read, the name is blank, or the gallery holds embeddings of another network, dimension or distance.
    /// </exception>
    /// <exception cref="InvalidDataException">The tables are damaged, or were made by a newer version of this library.</exception>
    /// <exception cref="IOException">The server cannot be reached, refuses the user, or has no pgvector.</exception>
    public static async Task<PostgresGallery> OpenOrCreateAsync(
        string connectionString,
        string name,
        EmbeddingSpace space,
        PostgresGalleryOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        NpgsqlDataSource source = Connect(connectionString);
        try
        {
            return await OpenOrCreateAsync(source, ownsSource: true, name, space, options, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await source.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Opens a gallery over an application's connections, and makes it, its tables and the extension where they are not there.</summary>
    /// <inheritdoc cref="OpenOrCreateAsync(string, string, EmbeddingSpace, PostgresGalleryOptions?, CancellationToken)"/>
    /// <param name="dataSource">
    /// Gives connections; built with <c>UseVector()</c> of Pgvector. It stays the caller's, who disposes it after the gallery.
    /// </param>
    /// <param name="name">The gallery's name, any text; a database holds many galleries.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="options">The schema and the index; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <exception cref="ArgumentException">
    /// The data source was built without <c>UseVector()</c>, the name is blank, or the gallery holds embeddings of another network, dimension or
    /// distance.
    /// </exception>
    public static Task<PostgresGallery> OpenOrCreateAsync(
        NpgsqlDataSource dataSource,
        string name,
        EmbeddingSpace space,
        PostgresGalleryOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        return OpenOrCreateAsync(dataSource, ownsSource: false, name, space, options, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return await _errors.GuardAsync(async () =>
        {
            using NpgsqlCommand command = _source.CreateCommand($"SELECT count(*) FROM {_table.Name}");
            return (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task<GalleryItem?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!PostgresText.IsText(id))
        {
            return null;
        }

        List<GalleryItem> found = await _errors.GuardAsync(async () =>
        {
            using NpgsqlCommand command = _source.CreateCommand($"SELECT id, label, metadata, embedding FROM {_table.Name} WHERE id = $1");
            command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
            return await ReadItemsAsync(command, cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
        return found is [GalleryItem item] ? item : null;
    }

    /// <inheritdoc/>
    /// <remarks>Each page is read by itself: items that are added or removed meanwhile may be seen or not, no item is seen twice.</remarks>
    public IAsyncEnumerable<GalleryItem> ItemsAsync(GalleryFilter? filter = null, int skip = 0, CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(skip, 0, nameof(skip));
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Enumerate(cancellationToken);

        async IAsyncEnumerable<GalleryItem> Enumerate([EnumeratorCancellation] CancellationToken cancellation)
        {
            cancellation.ThrowIfCancellationRequested();
            if (FilterCondition.IsNever(filter))
            {
                yield break;
            }

            List<GalleryItem> page = await PageAsync(filter, after: null, skip, cancellation).ConfigureAwait(false);
            while (page.Count > 0)
            {
                foreach (GalleryItem item in page)
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return item;
                }

                page = page.Count == Page ? await PageAsync(filter, page[^1].Id, skip: 0, cancellation).ConfigureAwait(false) : [];
            }
        }
    }

    /// <summary>Closes the connections that are the gallery's own.</summary>
    /// <returns>A task that ends once they are closed.</returns>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        if (_ownsSource)
        {
            await _source.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static NpgsqlDataSource Connect(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        try
        {
            var builder = new NpgsqlDataSourceBuilder(connectionString);
            builder.UseVector();
            return builder.Build();
        }
        catch (ArgumentException exception)
        {
            // The string itself may hold a password.
            throw new ArgumentException(
                $"The connection string cannot be read: {exception.Message} Write it as Host=localhost;Username=ada;Password=…;Database=faces.",
                nameof(connectionString),
                exception);
        }
    }

    private static async Task<PostgresGallery> OpenOrCreateAsync(
        NpgsqlDataSource source, bool ownsSource, string name, EmbeddingSpace space, PostgresGalleryOptions? options, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        PostgresText.CheckKey(name, "The name of the gallery", nameof(name));
        ArgumentNullException.ThrowIfNull(space);
        PostgresText.CheckText(space.Network, "The name of the network", nameof(space));
        options ??= new PostgresGalleryOptions();
        if (options.EfConstruction < 2 * options.M)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{nameof(options.EfConstruction)} is {options.EfConstruction}, but must be at least twice {nameof(options.M)}, ")
                + string.Create(CultureInfo.InvariantCulture, $"which is {options.M}."),
                nameof(options));
        }

        if (space.Dimension > GalleryTable.GreatestDimension)
        {
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The embeddings have {space.Dimension} components, but pgvector holds at most {GalleryTable.GreatestDimension}. ")
                + "Take a network of fewer.",
                nameof(space));
        }

        var errors = new PostgresErrors(name, options.Schema, source.ConnectionString);
        return await errors.GuardAsync(async () =>
        {
            NpgsqlConnection connection = await source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var schema = new PostgresSchema(options.Schema, errors);
                OpenedGallery opened = await schema.OpenAsync(connection, name, space, cancellation).ConfigureAwait(false);
                await EnsureVectorsAsync(source, connection, cancellation).ConfigureAwait(false);
                return new PostgresGallery(source, ownsSource, space, opened, errors, options);
            }
        }).ConfigureAwait(false);
    }

    /// <summary>Sees that vectors can be sent: a connection learns the types when it is opened, maybe before the extension was made.</summary>
    private static async Task EnsureVectorsAsync(NpgsqlDataSource source, NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (await CanSendVectorAsync(connection, cancellation).ConfigureAwait(false))
        {
            return;
        }

        await connection.ReloadTypesAsync(cancellation).ConfigureAwait(false);
        source.Clear();
        if (!await CanSendVectorAsync(connection, cancellation).ConfigureAwait(false))
        {
            throw new ArgumentException(
                "The data source does not know the type of pgvector. Call UseVector() of the package Pgvector on its NpgsqlDataSourceBuilder.",
                "dataSource");
        }
    }

    private static async Task<bool> CanSendVectorAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        using var command = new NpgsqlCommand("SELECT $1::vector", connection);
        command.Parameters.Add(new NpgsqlParameter<Vector> { TypedValue = new Vector(new float[] { 1 }) });
        try
        {
            return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) is Vector;
        }
        catch (Exception exception) when (exception is InvalidCastException or NotSupportedException or ArgumentException)
        {
            return false;
        }
    }

    private static async Task<List<GalleryItem>> ReadItemsAsync(NpgsqlCommand command, CancellationToken cancellation)
    {
        List<GalleryItem> items = [];
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellation).ConfigureAwait(false))
            {
                items.Add(new GalleryItem(reader.GetString(0), reader.GetString(1), reader.GetFieldValue<Vector>(3).Memory)
                {
                    Metadata = reader.IsDBNull(2)
                        ? ImmutableDictionary<string, string>.Empty
                        : JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(reader.GetString(2))!,
                });
            }
        }

        return items;
    }

    private Task<List<GalleryItem>> PageAsync(GalleryFilter? filter, string? after, int skip, CancellationToken cancellation) =>
        _errors.GuardAsync(async () =>
        {
            using NpgsqlCommand command = _source.CreateCommand();
            List<string> conditions = [];
            if (FilterCondition.Of(filter, command.Parameters) is { Length: > 0 } condition)
            {
                conditions.Add(condition);
            }

            if (after is not null)
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = after });
                conditions.Add(string.Create(CultureInfo.InvariantCulture, $"id > ${command.Parameters.Count}"));
            }

            string where = conditions.Count == 0 ? "" : $" WHERE {string.Join(" AND ", conditions)}";
            command.CommandText = string.Create(
                CultureInfo.InvariantCulture,
                $"SELECT id, label, metadata, embedding FROM {_table.Name}{where} ORDER BY id LIMIT {Page} OFFSET {skip}");
            return await ReadItemsAsync(command, cancellation).ConfigureAwait(false);
        });
}
