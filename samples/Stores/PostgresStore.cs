using Npgsql;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Samples.Stores;

/// <summary>Opens a gallery in PostgreSQL by an address such as <c>postgres://ada:secret@localhost:5432/photos?gallery=faces</c>.</summary>
internal static class PostgresStore
{
    public const string Form = "postgres://user:password@host:port/database?gallery=name";

    // What is not said of the gallery is said of the connection.
    private const string NameOfGallery = "gallery";

    /// <summary>Tells whether a store is such an address.</summary>
    public static bool Is(string store) =>
        store.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || store.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">It is no such address, or says of the connection what Npgsql does not know.</exception>
    public static async Task<IGallery> OpenOrCreateAsync(string store, EmbeddingSpace space, CancellationToken cancellationToken)
    {
        (string connectionString, string gallery) = Parse(store);
        return await PostgresGallery.OpenOrCreateAsync(connectionString, gallery, space, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private static (string ConnectionString, string Gallery) Parse(string store)
    {
        // The address itself may hold a password, and is not repeated.
        if (!Uri.TryCreate(store, UriKind.Absolute, out Uri? address) || address.Host.Length == 0)
        {
            throw new ArgumentException($"The address of the store cannot be read. Write it as {Form}.", nameof(store));
        }

        string[] user = address.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder { Host = address.Host };
        if (address.Port > 0)
        {
            settings.Port = address.Port;
        }

        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }

        if (user.Length > 1)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }

        if (address.AbsolutePath.Length > 1)
        {
            settings.Database = Uri.UnescapeDataString(address.AbsolutePath[1..]);
        }

        string gallery = "faces";
        foreach (string setting in address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = [.. setting.Split('=', 2).Select(Uri.UnescapeDataString)];
            string value = parts.ElementAtOrDefault(1) ?? "";
            if (parts[0] == NameOfGallery)
            {
                gallery = value;
                continue;
            }

            try
            {
                settings[parts[0]] = value;
            }
            catch (ArgumentException exception)
            {
                throw new ArgumentException(
                    $"The address of the store says '{parts[0]}', which is not {NameOfGallery} and no setting of Npgsql. Write it as {Form}.",
                    nameof(store),
                    exception);
            }
        }

        return (settings.ConnectionString, gallery);
    }
}
