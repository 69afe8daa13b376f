using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>What is told where a server of PostgreSQL refuses: one with passwords and without pgvector, where the machine has its programs.</summary>
public sealed class PlainPostgresTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);

    private string _programs = "";
    private TemporaryFolder _folder = null!;
    private string _data = "";
    private int _port;

    [OneTimeSetUp]
    public void StartServer()
    {
        _folder = new TemporaryFolder();
        _programs = (Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql") : [])
            .Select(version => Path.Combine(version, "bin"))
            .FirstOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")), "");
        if (_programs.Length == 0)
        {
            Assert.Ignore("Install the server of PostgreSQL, as Debian's package postgresql has it, to run this test.");
        }

        _data = _folder.File("data");
        string password = _folder.File("password");
        File.WriteAllText(password, "secret");
        if (Environment.IsPrivilegedProcess)
        {
            // The server refuses to run as root.
            Run("chown", "-R", "postgres", _folder.Path);
        }

        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        RunAsPostgres("initdb", "-D", _data, "-U", "postgres", "--auth=scram-sha-256", $"--pwfile={password}", "-E", "UTF8", "--no-sync");
        RunAsPostgres(
            "pg_ctl",
            "-D", _data, "-w", "-l", _folder.File("log"), "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''", "start");
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        if (_port != 0)
        {
            RunAsPostgres("pg_ctl", "-D", _data, "-m", "immediate", "stop");
        }

        _folder.Dispose();
    }

    [Test]
    public async Task A_server_without_pgvector_is_told_and_nothing_is_made()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString());
        await using NpgsqlCommand available = source.CreateCommand("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'");
        Assume.That(await available.ExecuteScalarAsync(), Is.Zero, "The machine's PostgreSQL has pgvector.");

        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(ConnectionString(), "faces", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("'faces'").And.Message.Contains($"127.0.0.1:{_port}/postgres")
                .And.Message.Contains("Install pgvector"));

        await using NpgsqlCommand schemas = source.CreateCommand("SELECT to_regnamespace('siamese') IS NULL");
        Assert.That(await schemas.ExecuteScalarAsync(), Is.True);
    }

    [Test]
    public void A_wrong_password_is_told_and_not_repeated()
    {
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(ConnectionString("guessed"), "faces", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("refused the user or the password").And.Message.Contains("'faces'")
                .And.Message.Not.Contains("guessed"));
    }

    [Test]
    public void A_database_that_is_not_there_is_told()
    {
        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(ConnectionString(database: "photos"), "faces", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("CREATE DATABASE").And.Message.Contains("/photos"));
    }

    [Test]
    public async Task A_user_who_may_make_nothing_is_told_what_to_grant()
    {
        await using NpgsqlDataSource source = NpgsqlDataSource.Create(ConnectionString());
        await using NpgsqlCommand make = source.CreateCommand("CREATE ROLE guest LOGIN PASSWORD 'secret'");
        await make.ExecuteNonQueryAsync();

        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(ConnectionString(user: "guest"), "faces", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("make the schema 'siamese'").And.Message.Contains("grant"));
    }

    private string ConnectionString(string password = "secret", string database = "postgres", string user = "postgres") =>
        $"Host=127.0.0.1;Port={_port};Username={user};Password={password};Database={database}";

    private void RunAsPostgres(string program, params string[] arguments)
    {
        string path = Path.Combine(_programs, program);
        if (Environment.IsPrivilegedProcess)
        {
            Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        }
        else
        {
            Run(path, arguments);
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        // The server keeps the output of pg_ctl open: it must be no pipe that is read to its end.
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" > /dev/null 2>&1", "sh", program, .. arguments])
        {
            WorkingDirectory = Path.GetTempPath(),
        })!;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}");
    }
}
