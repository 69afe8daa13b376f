using Npgsql;

namespace Siamese.Galleries.Postgres;

/// <summary>Says what went wrong in a database in the words of galleries: which gallery, where, and what to do.</summary>
internal sealed class PostgresErrors(string gallery, string schema, string connectionString)
{
    private readonly string _where = Where(connectionString);

    public string Store => $"The gallery '{gallery}' in PostgreSQL at {_where}";

    public async Task<T> GuardAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (NpgsqlException exception)
        {
            throw Translate(exception);
        }
    }

    public IOException Refused(string how, string remedy, Exception? inner = null) => new($"{Store} {how}. {remedy}", inner);

    public InvalidDataException Damaged(string how, Exception? inner = null) =>
        new($"{Store} is damaged: {how} Restore it from a backup, or drop its tables and fill it anew.", inner);

    private Exception Translate(NpgsqlException exception) => exception is PostgresException refusal
        ? Translate(refusal)
        : exception.InnerException is TimeoutException
            ? Refused(
                "did not answer in time",
                "Look at the load of the server, or allow more time with 'Timeout' and 'Command Timeout' in the connection string.",
                exception)
            : Refused(
                "could not be reached, or the connection broke",
                "See that the server runs, and that the connection string names its host and port; a change under way may have been kept.",
                exception);

    private Exception Translate(PostgresException refusal) => refusal.SqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Refused(
            "refused the user or the password", "Correct 'Username' and 'Password' in the connection string, or pg_hba.conf of the server.", refusal),
        PostgresErrorCodes.InvalidCatalogName => Refused(
            "could not be opened, for there is no such database", "Make it with CREATE DATABASE, or name another in the connection string.", refusal),
        PostgresErrorCodes.InsufficientPrivilege => Refused(
            $"is not open to this user: {refusal.MessageText}",
            $"Let the user make the schema '{schema}', or have the owner of the schema grant him the use of it and its tables.",
            refusal),
        PostgresErrorCodes.TooManyConnections => Refused(
            "was refused for too many connections",
            "Lower 'Maximum Pool Size' in the connection strings, or raise max_connections on the server.",
            refusal),
        PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow => Refused(
            "is not to be had, for the server is starting or shutting down", "Try again once it runs; a change under way was not kept.", refusal),
        PostgresErrorCodes.QueryCanceled => Refused(
            $"did not answer in time: {refusal.MessageText}", "Look at the load of the server, or raise statement_timeout.", refusal),
        PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn or PostgresErrorCodes.InvalidSchemaName => Damaged(
            $"{refusal.MessageText}.", refusal),
        PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.UndefinedFunction => Refused(
            $"does not find pgvector: {refusal.MessageText}",
            "Put the schema of the extension 'vector' into the search_path, with 'Search Path' in the connection string.",
            refusal),
        _ => Refused($"refused: {refusal.MessageText}", $"PostgreSQL's code is {refusal.SqlState}; its log says more.", refusal),
    };

    private static string Where(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString);
        string host = parts.Host is { Length: > 0 } some ? some : "localhost";
        return host.Contains(',', StringComparison.Ordinal) || host.Contains(':', StringComparison.Ordinal)
            ? $"{host}/{parts.Database ?? parts.Username}"
            : $"{host}:{parts.Port}/{parts.Database ?? parts.Username}";
    }
}
