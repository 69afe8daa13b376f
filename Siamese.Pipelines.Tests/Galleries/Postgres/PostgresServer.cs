using System.Diagnostics;
using System.Text.RegularExpressions;
using Npgsql;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>
/// The server that tests use: the one that SIAMESE_POSTGRES names by a connection string or, on a folder of the test's own, the pglite-server
/// that SIAMESE_PGLITE names by its path.
/// </summary>
/// <remarks>PGlite may mix the messages of two connections that are outside of a transaction: there, all tests share a pool of one.</remarks>
internal sealed partial class PostgresServer : IAsyncDisposable
{
    private static PostgresServer? s_shared;

    private readonly TemporaryFolder? _folder;
    private Process? _process;
    private string _port = "0";

    private PostgresServer(TemporaryFolder folder)
    {
        _folder = folder;
        Start();
    }

    private PostgresServer(string connectionString) => Connect(connectionString);

    public string ConnectionString { get; private set; } = "";

    /// <summary>Gets connections for galleries of tests.</summary>
    public NpgsqlDataSource Source { get; private set; } = null!;

    /// <summary>Gets whether the server is PGlite: one connection, no COPY, no passwords.</summary>
    public bool IsPGlite => _folder is not null;

    /// <summary>Gives the server that fixtures share, without a schema that an earlier run left; ignores the test where there is no server.</summary>
    public static async Task<PostgresServer> SharedAsync(string schema)
    {
        s_shared ??= Environment.GetEnvironmentVariable("SIAMESE_POSTGRES") is { Length: > 0 } connectionString
            ? new PostgresServer(connectionString)
            : StartPGlite();
        await s_shared.ExecuteAsync($"DROP SCHEMA IF EXISTS {Quoted(schema)} CASCADE");
        return s_shared;
    }

    public static async Task StopSharedAsync()
    {
        if (s_shared is not null)
        {
            await s_shared.DisposeAsync();
            s_shared = null;
        }
    }

    public static string Quoted(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>Starts a server of a test's own; ignores the test where there is no PGlite.</summary>
    public static PostgresServer StartPGlite()
    {
        string? program = Environment.GetEnvironmentVariable("SIAMESE_PGLITE");
        if (!File.Exists(program))
        {
            Assert.Ignore(
                "Set SIAMESE_PGLITE to pglite-server, which npm installs from package.json beside this test, "
                + "or SIAMESE_POSTGRES to a connection string of a server with pgvector, to run this test.");
        }

        return new PostgresServer(new TemporaryFolder());
    }

    /// <summary>Gives the address of a gallery for a program that opens it by a command line.</summary>
    public string Address(string gallery)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString);
        IEnumerable<string> others = settings
            .Where(setting => setting.Key is not ("Host" or "Port" or "Username" or "Password" or "Database"))
            .Select(setting => $"&{Uri.EscapeDataString(setting.Key)}={Uri.EscapeDataString($"{setting.Value}")}");
        return $"postgres://{Uri.EscapeDataString(settings.Username!)}:{Uri.EscapeDataString(settings.Password!)}@{settings.Host}:{settings.Port}/"
            + $"{Uri.EscapeDataString(settings.Database!)}?gallery={Uri.EscapeDataString(gallery)}{string.Concat(others)}";
    }

    /// <summary>Starts the server, also again on its folder and port.</summary>
    public void Start()
    {
        _process = Process.Start(new ProcessStartInfo(
            "node",
            [
                Environment.GetEnvironmentVariable("SIAMESE_PGLITE")!,
                "-h", "127.0.0.1", "-p", _port, "-d", _folder!.File("data"), "-m", "4", "-e", "@electric-sql/pglite-pgvector:vector",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = new List<string>();
        while (_process.StandardOutput.ReadLine() is string line)
        {
            said.Add(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                // Nobody else reads what it says.
                _ = _process.StandardOutput.ReadToEndAsync();
                _ = _process.StandardError.ReadToEndAsync();
                _port = match.Groups[1].Value;
                Connect($"Host=127.0.0.1;Port={_port};Username=postgres;Password=postgres;Database=postgres;SSL Mode=Disable;Maximum Pool Size=1");
                return;
            }
        }

        Assert.Fail($"pglite-server did not start: {string.Join('\n', said)} {_process.StandardError.ReadToEnd()}");
    }

    /// <summary>Ends the server as kill -9 does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using NpgsqlCommand command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using NpgsqlCommand command = Source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        await Source.DisposeAsync();
        _folder?.Dispose();
    }

    private void Connect(string connectionString)
    {
        if (ConnectionString == connectionString)
        {
            return;
        }

        ConnectionString = connectionString;
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.UseVector();
        Source = builder.Build();
    }

    [GeneratedRegex("listening on .*\"port\":([0-9]+)")]
    private static partial Regex Listening();
}
