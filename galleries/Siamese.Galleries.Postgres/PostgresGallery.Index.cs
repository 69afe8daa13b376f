using System.Globalization;
using Npgsql;

namespace Siamese.Galleries.Postgres;

public sealed partial class PostgresGallery
{
    /// <summary>Builds the HNSW index, from which searches are then answered: best after a bulk load, which an index slows many times.</summary>
    /// <param name="cancellationToken">Stops the call; no index is left, or the one before.</param>
    /// <returns>A task that ends once the index is there. It takes as long as the server needs; writers wait, searches do not.</returns>
    /// <exception cref="NotSupportedException">
    /// The embeddings have more than 4,000 components, or pgvector is older than 0.5, or than 0.7 for more than 2,000. Searches stay exact.
    /// </exception>
    /// <exception cref="IOException">The server cannot be reached, or refuses.</exception>
    /// <remarks>
    /// <para>
    /// Where there is one with the same <see cref="PostgresGalleryOptions.M"/> and <see cref="PostgresGalleryOptions.EfConstruction"/>, nothing is
    /// done; one with others is replaced.
    /// </para>
    /// <para>
    /// In the index, embeddings of more than 2,000 components are rounded to float16, which ends at 65,504: no component may be beyond. What the
    /// index finds is compared again in float32.
    /// </para>
    /// </remarks>
    public Task BuildIndexAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_table.CanBeIndexed)
        {
            throw new NotSupportedException(
                $"{_errors.Store} holds embeddings of {Space.Dimension} components, but an index of pgvector holds at most 4,000. "
                + "Searches stay exact.");
        }

        if (_opened.Vector < _opened.NeededForIndex)
        {
            throw new NotSupportedException(
                $"{_errors.Store} has pgvector {_opened.Vector}, but its index needs {_opened.NeededForIndex}. "
                + "Update the extension; searches stay exact.");
        }

        return ChangeIndexAsync(
            async connection =>
            {
                string? made = await MadeWithAsync(connection, cancellationToken).ConfigureAwait(false);
                string wanted = string.Create(CultureInfo.InvariantCulture, $"m={_options.M},ef_construction={_options.EfConstruction}");
                if (made == wanted)
                {
                    return;
                }

                string memory = _options.BuildMegabytes is int megabytes
                    ? string.Create(CultureInfo.InvariantCulture, $"SET LOCAL maintenance_work_mem = '{megabytes}MB'; ")
                    : "";
                await ExecuteAsync(
                    connection,
                    $"{memory}{_table.CreateIndexText(_options.M, _options.EfConstruction)}; ANALYZE {_table.Name}; {_table.TakeIndexText}",
                    cancellationToken).ConfigureAwait(false);
            },
            isIndexed: true,
            cancellationToken);
    }

    /// <summary>Drops the index: searches are exact again, and adding is fast.</summary>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>A task that ends once there is none.</returns>
    /// <exception cref="IOException">The server cannot be reached, or refuses.</exception>
    public Task DropIndexAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ChangeIndexAsync(
            connection => ExecuteAsync(connection, $"DROP INDEX IF EXISTS {_table.Index}", cancellationToken), isIndexed: false, cancellationToken);
    }

    private async Task ChangeIndexAsync(Func<NpgsqlConnection, Task> change, bool isIndexed, CancellationToken cancellation) =>
        _isIndexed = await _errors.GuardAsync(async () =>
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellation).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
                await using (transaction.ConfigureAwait(false))
                {
                    // The lock that a build takes on the table; taken first, of two builders the second finds the index of the first.
                    await ExecuteAsync(connection, $"LOCK TABLE {_table.Name} IN SHARE ROW EXCLUSIVE MODE", cancellation).ConfigureAwait(false);
                    await change(connection).ConfigureAwait(false);
                    await transaction.CommitAsync(cancellation).ConfigureAwait(false);
                    return isIndexed;
                }
            }
        }).ConfigureAwait(false);

    private async Task<string?> MadeWithAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        using var command = new NpgsqlCommand("SELECT array_to_string(reloptions, ',') FROM pg_class WHERE oid = to_regclass($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = _table.Index });
        return await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false) as string;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        // A build may take hours.
        using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }
}
