using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Pgvector;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Postgres;

public sealed partial class PostgresGallery
{
    // Bounds what a statement holds in the memory of client and server.
    private const int Chunk = 1000;

    /// <inheritdoc/>
    public Task AddAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default) =>
        WriteAsync(Rows(items), replaces: false, cancellationToken);

    /// <inheritdoc/>
    public Task UpsertAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default) =>
        WriteAsync(Rows(items), replaces: true, cancellationToken);

    /// <inheritdoc/>
    public async Task<int> RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        string[] wanted = [.. GalleryArguments.Ids(ids).Where(PostgresText.IsText)];
        cancellationToken.ThrowIfCancellationRequested();
        if (wanted.Length == 0)
        {
            return 0;
        }

        return await _errors.GuardAsync(async () =>
        {
            // Rows are locked in the order in which writers lock them, so that none waits for another that waits for it.
            using NpgsqlCommand command = _source.CreateCommand(
                $"DELETE FROM {_table.Name} WHERE id IN (SELECT id FROM {_table.Name} WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE)");
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = wanted });
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>Checks items, and gives them in the order in which all writers write, so that of two of one id one waits for the other.</summary>
    private PostgresRow[] Rows(IEnumerable<GalleryItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        ObjectDisposedException.ThrowIf(_disposed, this);
        PostgresRow[] rows = [.. GalleryItem.Distinct(items, nameof(items)).Select(Row)];
        Array.Sort(rows, (x, y) => string.CompareOrdinal(x.Id, y.Id));
        return rows;
    }

    private PostgresRow Row(GalleryItem item)
    {
        PostgresText.CheckKey(item.Id, $"The id '{Shortened(item.Id)}'", "items");
        PostgresText.CheckKey(item.Label, $"The label of '{item.Id}'", "items");
        foreach ((string key, string value) in item.Metadata)
        {
            PostgresText.CheckText(key, $"A key of the metadata of '{item.Id}'", "items");
            PostgresText.CheckText(value, $"The metadata '{key}' of '{item.Id}'", "items");
        }

        float[] embedding = Space.Prepare(item.Embedding.Span, $"The embedding of '{item.Id}'", "items");
        return new PostgresRow(item.Id, item.Label, item.Metadata.Count == 0 ? null : JsonSerializer.Serialize(item.Metadata), new Vector(embedding));
    }

    private static string Shortened(string id) => id.Length <= 40 ? id : $"{id[..40]}…";

    private async Task WriteAsync(PostgresRow[] rows, bool replaces, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (rows.Length == 0)
        {
            return;
        }

        await _errors.GuardAsync(async () =>
        {
            try
            {
                NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
                await using (connection.ConfigureAwait(false))
                {
                    await WriteAsync(connection, rows, replaces, cancellation).ConfigureAwait(false);
                }
            }
            catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                string id = await FirstThereAsync(rows, cancellation).ConfigureAwait(false) ?? refusal.Detail ?? refusal.MessageText;
                throw GalleryArguments.AlreadyThere(id, nameof(UpsertAsync));
            }

            return true;
        }).ConfigureAwait(false);
    }

    private async Task WriteAsync(NpgsqlConnection connection, PostgresRow[] rows, bool replaces, CancellationToken cancellation)
    {
        string text = replaces ? _table.UpsertText : _table.InsertText;
        if (rows.Length <= Chunk)
        {
            await InsertAsync(connection, text, rows, cancellation).ConfigureAwait(false);
            return;
        }

        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (_opened.Copies && !replaces)
            {
                await CopyAsync(connection, rows, cancellation).ConfigureAwait(false);
            }
            else
            {
                foreach (PostgresRow[] chunk in rows.Chunk(Chunk))
                {
                    await InsertAsync(connection, text, chunk, cancellation).ConfigureAwait(false);
                }
            }

            await transaction.CommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, string text, PostgresRow[] rows, CancellationToken cancellation)
    {
        using var command = new NpgsqlCommand(text, connection);
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(rows, row => row.Id) });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(rows, row => row.Label) });
        command.Parameters.Add(new NpgsqlParameter<string?[]> { TypedValue = Array.ConvertAll(rows, row => row.Metadata) });
        command.Parameters.Add(new NpgsqlParameter<Vector[]> { TypedValue = Array.ConvertAll(rows, row => row.Embedding) });
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private async Task CopyAsync(NpgsqlConnection connection, PostgresRow[] rows, CancellationToken cancellation)
    {
        NpgsqlBinaryImporter copy = await connection.BeginBinaryImportAsync(_table.CopyText, cancellation).ConfigureAwait(false);
        await using (copy.ConfigureAwait(false))
        {
            foreach (PostgresRow row in rows)
            {
                await copy.StartRowAsync(cancellation).ConfigureAwait(false);
                await copy.WriteAsync(row.Id, NpgsqlDbType.Text, cancellation).ConfigureAwait(false);
                await copy.WriteAsync(row.Label, NpgsqlDbType.Text, cancellation).ConfigureAwait(false);
                if (row.Metadata is null)
                {
                    await copy.WriteNullAsync(cancellation).ConfigureAwait(false);
                }
                else
                {
                    await copy.WriteAsync(row.Metadata, NpgsqlDbType.Jsonb, cancellation).ConfigureAwait(false);
                }

                await copy.WriteAsync(row.Embedding, cancellation).ConfigureAwait(false);
            }

            await copy.CompleteAsync(cancellation).ConfigureAwait(false);
        }
    }

    private async Task<string?> FirstThereAsync(PostgresRow[] rows, CancellationToken cancellation)
    {
        using NpgsqlCommand command = _source.CreateCommand($"SELECT id FROM {_table.Name} WHERE id = ANY($1::text[]) ORDER BY id LIMIT 1");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = Array.ConvertAll(rows, row => row.Id) });
        return (string?)await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }
}
