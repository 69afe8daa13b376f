using System.Globalization;
using Npgsql;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Galleries.Postgres;

/// <summary>The tables that all galleries of a schema share, made and brought up to date in steps.</summary>
/// <remarks>
/// A step is applied once, in the order of the steps, and never changed after a release. All that opening a gallery makes is one transaction
/// under one lock: of two processes that open at once, the second finds what the first made.
/// </remarks>
internal sealed class PostgresSchema(string name, PostgresErrors errors)
{
    // "SimGalle", the key of the advisory lock.
    private const long Lock = 0x53696D47616C6C65;

    private readonly string _schema = PostgresText.Quote(name);

    /// <summary>Gets the newest version of the tables, which this library reads and writes.</summary>
    public static int Version => Steps("").Length;

    /// <summary>Makes what is missing, and checks what is there.</summary>
    /// <exception cref="ArgumentException">The gallery holds embeddings of another space.</exception>
    /// <exception cref="InvalidDataException">The tables are of a newer version.</exception>
    /// <exception cref="IOException">The server lacks pgvector, or does not let the user make it.</exception>
    public async Task<OpenedGallery> OpenAsync(NpgsqlConnection connection, string gallery, EmbeddingSpace space, CancellationToken cancellation)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellation).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await ExecuteAsync(connection, "SELECT pg_advisory_xact_lock($1)", cancellation, Parameter(Lock)).ConfigureAwait(false);
            await MigrateAsync(connection, cancellation).ConfigureAwait(false);
            Version vector = await EnsureExtensionAsync(connection, transaction, cancellation).ConfigureAwait(false);
            GalleryTable table = await EnsureGalleryAsync(connection, gallery, space, cancellation).ConfigureAwait(false);
            string server = await ScalarAsync<string>(connection, "SELECT version()", cancellation).ConfigureAwait(false) ?? "";
            bool isIndexed = await ExistsAsync(connection, "SELECT to_regclass($1) IS NOT NULL", table.Index, cancellation).ConfigureAwait(false);
            await transaction.CommitAsync(cancellation).ConfigureAwait(false);

            // PGlite breaks the connection at a COPY from the client.
            return new OpenedGallery(table, vector, Copies: !server.Contains("PGlite", StringComparison.Ordinal), isIndexed);
        }
    }

    private static string[] Steps(string schema) =>
    [
        $"""
        CREATE TABLE {schema}.gallery (
          number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          name text COLLATE "C" NOT NULL UNIQUE,
          network text NOT NULL,
          dimension integer NOT NULL,
          distance text NOT NULL)
        """,
    ];

    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        if (!await ExistsAsync(connection, "SELECT to_regclass($1) IS NOT NULL", $"{_schema}.version", cancellation).ConfigureAwait(false))
        {
            // Even where it is there, IF NOT EXISTS would ask for the right to make it.
            if (!await ExistsAsync(connection, "SELECT to_regnamespace($1) IS NOT NULL", _schema, cancellation).ConfigureAwait(false))
            {
                await ExecuteAsync(connection, $"CREATE SCHEMA {_schema}", cancellation).ConfigureAwait(false);
            }

            await ExecuteAsync(
                connection,
                $"CREATE TABLE {_schema}.version (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())",
                cancellation).ConfigureAwait(false);
        }

        int there = await ScalarAsync<int>(
            connection, $"SELECT coalesce(max(version), 0) FROM {_schema}.version", cancellation).ConfigureAwait(false);
        string[] steps = Steps(_schema);
        if (there > steps.Length)
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"{errors.Store} is kept in tables of version {there} in the schema '{name}', but this library reads version {steps.Length}. ")
                + "Open it with the version of the library that wrote it or a newer one, or name another schema.");
        }

        for (int step = there; step < steps.Length; step++)
        {
            await ExecuteAsync(connection, steps[step], cancellation).ConfigureAwait(false);
            await ExecuteAsync(
                connection, $"INSERT INTO {_schema}.version (version) VALUES ($1)", cancellation, Parameter(step + 1)).ConfigureAwait(false);
        }
    }

    private async Task<Version> EnsureExtensionAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellation)
    {
        const string There = "SELECT extversion FROM pg_extension WHERE extname = 'vector'";
        string? version = await ScalarAsync<string>(connection, There, cancellation).ConfigureAwait(false);
        if (version is null)
        {
            try
            {
                await transaction.SaveAsync("extension", cancellation).ConfigureAwait(false);
                await ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS vector", cancellation).ConfigureAwait(false);
            }
            catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                throw errors.Refused(
                    "has no extension 'vector', and this user may not make it",
                    "Have an administrator of the database run CREATE EXTENSION vector.",
                    refusal);
            }
            catch (PostgresException refusal) when (refusal.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile)
            {
                throw errors.Refused(
                    "needs the extension 'vector', which the server does not have",
                    "Install pgvector on the server, or take a server that has it, such as its image pgvector/pgvector.",
                    refusal);
            }

            version = await ScalarAsync<string>(connection, There, cancellation).ConfigureAwait(false);
        }

        return System.Version.TryParse(version, out Version? parsed) ? parsed : new Version(0, 0);
    }

    private async Task<GalleryTable> EnsureGalleryAsync(
        NpgsqlConnection connection, string gallery, EmbeddingSpace space, CancellationToken cancellation)
    {
        using (var find = new NpgsqlCommand($"SELECT number, network, dimension, distance FROM {_schema}.gallery WHERE name = $1", connection))
        {
            find.Parameters.Add(Parameter(gallery));
            NpgsqlDataReader reader = await find.ExecuteReaderAsync(cancellation).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                if (await reader.ReadAsync(cancellation).ConfigureAwait(false))
                {
                    EmbeddingSpace held = SpaceOf(reader);
                    return held == space
                        ? new GalleryTable(name, reader.GetInt32(0), space)
                        : throw new ArgumentException(
                            $"{errors.Store} holds embeddings of {held}, but was opened for {space}. "
                            + "Embeddings of two networks cannot be compared: take a gallery of another name for each.",
                            nameof(space));
                }
            }
        }

        int number = await ScalarAsync<int>(
            connection,
            $"INSERT INTO {_schema}.gallery (name, network, dimension, distance) VALUES ($1, $2, $3, $4) RETURNING number",
            cancellation,
            Parameter(gallery),
            Parameter(space.Network),
            Parameter(space.Dimension),
            Parameter(space.Distance.ToString())).ConfigureAwait(false);
        var table = new GalleryTable(name, number, space);
        await ExecuteAsync(connection, table.CreateText, cancellation).ConfigureAwait(false);
        return table;
    }

    private EmbeddingSpace SpaceOf(NpgsqlDataReader reader)
    {
        try
        {
            return new EmbeddingSpace(reader.GetString(1), reader.GetInt32(2), Enum.Parse<DistanceMetric>(reader.GetString(3)));
        }
        catch (ArgumentException exception)
        {
            throw errors.Damaged("what it says of its embeddings cannot be read.", exception);
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, string what, CancellationToken cancellation) =>
        await ScalarAsync<bool>(connection, sql, cancellation, Parameter(what)).ConfigureAwait(false);

    private static async Task ExecuteAsync(
        NpgsqlConnection connection, string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancellation).ConfigureAwait(false);
    }

    private static async Task<T?> ScalarAsync<T>(
        NpgsqlConnection connection, string sql, CancellationToken cancellation, params NpgsqlParameter[] parameters)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        return (T?)await command.ExecuteScalarAsync(cancellation).ConfigureAwait(false);
    }

    private static NpgsqlParameter<T> Parameter<T>(T value) => new() { TypedValue = value };
}
