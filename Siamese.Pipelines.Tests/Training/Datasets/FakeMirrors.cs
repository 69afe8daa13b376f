using System.Net;
using System.Net.Http.Headers;

namespace Siamese.Pipelines.Tests.Training.Datasets;

/// <summary>Servers that answer as a test says, by host name; without any, each request fails the test.</summary>
internal sealed class FakeMirrors : HttpMessageHandler
{
    private readonly Dictionary<string, Func<HttpRequestMessage, HttpResponseMessage>> _mirrors = [];

    /// <summary>Gets what was asked, in order: host, file and range.</summary>
    public List<string> Requests { get; } = [];

    public void Add(string host, Func<HttpRequestMessage, HttpResponseMessage> answer) => _mirrors.Add(host, answer);

    /// <summary>Adds a server that has one content for every file, and honours ranges.</summary>
    public void AddSound(string host, byte[] content) => Add(host, request => Ranged(request, content));

    public static HttpResponseMessage Ranged(HttpRequestMessage request, byte[] content)
    {
        if (request.Headers.Range?.Ranges.Single().From is not { } from)
        {
            return Whole(content);
        }

        if (from >= content.Length)
        {
            return new HttpResponseMessage(HttpStatusCode.RequestedRangeNotSatisfiable);
        }

        var rest = new ByteArrayContent(content[(int)from..]);
        rest.Headers.ContentRange = new ContentRangeHeaderValue(from, content.Length - 1, content.Length);
        return new HttpResponseMessage(HttpStatusCode.PartialContent) { Content = rest };
    }

    public static HttpResponseMessage Whole(byte[] content) => new(HttpStatusCode.OK) { Content = new ByteArrayContent(content) };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Uri address = request.RequestUri!;
        lock (Requests)
        {
            Requests.Add($"{address.Host} {address.Segments[^1]}{(request.Headers.Range is { } range ? $" {range}" : string.Empty)}");
        }

        Assert.That(_mirrors, Does.ContainKey(address.Host), "No server should have been asked.");
        return Task.FromResult(_mirrors[address.Host](request));
    }
}
