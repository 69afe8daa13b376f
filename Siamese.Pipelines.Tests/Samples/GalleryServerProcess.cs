using System.Diagnostics;
using System.Net.Http.Headers;
using System.Reflection;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>The sample as a process of its own, on a port that was free, with a folder that is gone afterwards.</summary>
internal sealed class GalleryServerProcess : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;

    private GalleryServerProcess(string? key, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, "--data", _folder.File("data"), .. arguments])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GALLERY_SERVER_KEY"] = key;
        _process = Process.Start(start)!;
    }

    public Uri Address { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    private static string Program =>
        typeof(GalleryServerProcess).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(found => found.Key == "GalleryServer").Value!;

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<GalleryServerProcess> StartAsync(string? key = null, params string[] arguments)
    {
        const string Listening = "Now listening on: ";
        var server = new GalleryServerProcess(key, ["--urls", "http://127.0.0.1:0", .. arguments]);
        string? line;
        do
        {
            line = await server._process.StandardOutput.ReadLineAsync();
        }
        while (line?.Contains(Listening) == false);

        if (line is null)
        {
            string error = await server._process.StandardError.ReadToEndAsync();
            server.Dispose();
            throw new InvalidOperationException($"The server did not start: {error}");
        }

        // Nothing that it logs may make it wait.
        _ = server._process.StandardOutput.ReadToEndAsync();
        _ = server._process.StandardError.ReadToEndAsync();
        server.Address = new Uri(line[(line.IndexOf(Listening, StringComparison.Ordinal) + Listening.Length)..].Trim());
        server.Client = new HttpClient { BaseAddress = server.Address };
        return server;
    }

    /// <summary>Starts a server that refuses to start, and gives what it says.</summary>
    public static async Task<(int Code, string Error)> RefuseAsync(string? key, params string[] arguments)
    {
        using var server = new GalleryServerProcess(key, arguments);
        Task<string> error = server._process.StandardError.ReadToEndAsync();
        await server._process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        return (server._process.ExitCode, await error);
    }

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string type = "image/jpeg", string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return SendAsync(request, key);
    }

    public Task<HttpResponseMessage> DeleteAsync(string path, string? key = null) => SendAsync(new HttpRequestMessage(HttpMethod.Delete, path), key);

    public void Dispose()
    {
        Client?.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
        _folder.Dispose();
    }

    private Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, string? key)
    {
        if (key is not null)
        {
            request.Headers.Add("X-Api-Key", key);
        }

        return Client.SendAsync(request);
    }
}
