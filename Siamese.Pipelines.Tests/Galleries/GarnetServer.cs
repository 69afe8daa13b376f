using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>A Garnet server of its own folder and port, in a process that can be killed and started again.</summary>
public sealed class GarnetServer : IDisposable
{
    private const int Sector = 512;

    private static readonly TimeSpan _startTime = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;
    private readonly StringBuilder _output = new();
    private Process? _process;

    private GarnetServer(string[] arguments)
    {
        _arguments = arguments;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    public bool IsRunning => _process is not null;

    /// <summary>Gets the memory of the process, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            _process!.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts a server with vector sets that answers what its log holds on disk, or skips the test where there is none.</summary>
    public static GarnetServer Start(params string[] arguments) =>
        StartPlain(["--enable-vector-set-preview", "--aof", "--aof-commit-wait", .. arguments]);

    public static GarnetServer StartPlain(params string[] arguments)
    {
        var server = new GarnetServer(arguments);
        server.Launch();
        return server;
    }

    public void Kill()
    {
        _process?.Kill();
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Gets the file that the log of a small server is.</summary>
    public string Log => Path.Combine(_folder.Path, "AOF", "aof.log.0");

    /// <summary>Starts the server again with what it kept.</summary>
    public void Recover()
    {
        // As the guide says: Garnet 2.2.8 finds nothing where a record that says what is committed is cut off after 8 bytes and zeros follow.
        using (FileStream log = File.Open(Log, FileMode.Append))
        {
            log.Write([.. Enumerable.Repeat(byte.MaxValue, Sector)]);
        }

        Launch("--recover");
    }

    /// <summary>Sends a command in words, and gives the first line of the answer.</summary>
    public string Send(params string[] words)
    {
        if (_process!.HasExited)
        {
            throw Ended("The Garnet server ended by itself");
        }

        using var client = new TcpClient();
        client.Connect(IPAddress.Loopback, Port);
        using NetworkStream stream = client.GetStream();
        stream.ReadTimeout = (int)_startTime.TotalMilliseconds;
        IEnumerable<string> sent = words.Select(word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        stream.Write(Encoding.UTF8.GetBytes($"*{words.Length}\r\n{string.Concat(sent)}"));
        using var reader = new StreamReader(stream);
        string line = reader.ReadLine() ?? throw new IOException("The server closed the connection.");
        if (!line.StartsWith('$'))
        {
            return line;
        }

        char[] text = new char[int.Parse(line.AsSpan(1))];
        reader.ReadBlock(text);
        return new string(text);
    }

    public void Dispose()
    {
        Kill();
        _folder.Dispose();
    }

    private static string Library()
    {
        string library = typeof(GarnetServer).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(data => data.Key == "GarnetServer").Value!;
        if (!File.Exists(library))
        {
            Assert.Ignore($"There is no Garnet server at {library}. Restore the package garnet-server 2.2.8.");
        }

        return library;
    }

    private void Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };

        // The default device needs a library that few machines have.
        string[] place = ["--bind", "127.0.0.1", "--port", $"{Port}", "--device-type", "RandomAccess", "--checkpointdir", _folder.Path];
        foreach (string argument in (string[])["exec", Library(), .. place, .. _arguments, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Append(line.Data);
        _process.ErrorDataReceived += (_, line) => Append(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        long started = Stopwatch.GetTimestamp();
        while (!Answers())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > _startTime)
            {
                Kill();
                throw Ended("The Garnet server did not start");
            }

            Thread.Sleep(50);
        }

        void Append(string? line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    }

    private IOException Ended(string what)
    {
        lock (_output)
        {
            return new IOException($"{what}: {_output}");
        }
    }

    private bool Answers()
    {
        try
        {
            return Send("PING")[0] is '+' or '-';
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
