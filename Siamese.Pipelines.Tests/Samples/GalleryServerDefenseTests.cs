using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>What pages of other sites, slow clients and look-alike names try on the sample.</summary>
public sealed class GalleryServerDefenseTests
{
    private const string Key = "a key of the tests alone";

    private readonly byte[] _noise = Noise();
    private GalleryServerProcess _open = null!;
    private GalleryServerProcess _locked = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _open = await GalleryServerProcess.StartAsync(null, "--concurrency", "1", "--max-bytes", "100000", "--max-upload-bytes", "250000");
        _locked = await GalleryServerProcess.StartAsync(Key, "--host", "gallery.example", "other.example");
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _open?.Dispose();
        _locked?.Dispose();
    }

    [TestCase("Origin", "http://evil.example")]
    [TestCase("Origin", "null")]
    [TestCase("Origin", "http://127.0.0.1:1")]
    [TestCase("Origin", "http://localhost")]
    [TestCase("Origin", "not an origin")]
    [TestCase("Sec-Fetch-Site", "cross-site")]
    [TestCase("Sec-Fetch-Site", "same-site")]
    [TestCase("Sec-Fetch-Site", "")]
    public async Task A_page_of_another_site_can_change_nothing(string header, string value)
    {
        foreach ((HttpMethod method, string path) in new[]
        {
            (HttpMethod.Post, "/api/people?name=Ada"), (HttpMethod.Post, "/api/faces"), (HttpMethod.Delete, "/api/people/YQ"),
        })
        {
            using var request = new HttpRequestMessage(method, path);
            request.Headers.TryAddWithoutValidation(header, value);
            if (method == HttpMethod.Post)
            {
                request.Content = new ByteArrayContent(_noise) { Headers = { ContentType = new("image/png") } };
            }

            using HttpResponseMessage answer = await _open.Client.SendAsync(request);

            Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), path);
            Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("another site").And.Contain("remedy"));
        }
    }

    [Test]
    public async Task The_servers_own_page_may_search([Values("same-origin", "none")] string site)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/faces");
        request.Headers.Add("Origin", _open.Address.GetLeftPart(UriPartial.Authority));
        request.Headers.Add("Sec-Fetch-Site", site);
        request.Content = new ByteArrayContent(_noise) { Headers = { ContentType = new("image/png") } };

        Assert.That((await _open.Client.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_photograph_without_a_content_type_is_refused([Values("/api/faces", "/api/people?name=Ada")] string path)
    {
        using HttpResponseMessage answer = await _open.Client.PostAsync(path, new ByteArrayContent(_noise));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("no header Content-Type").And.Contain("image/jpeg"));
    }

    [TestCase("evil.example", false)]
    [TestCase("localhost.evil.example", false)]
    [TestCase("gallery.example", true)]
    [TestCase("OTHER.example:80", true)]
    [TestCase("localhost", true)]
    [TestCase("192.168.1.5", true)]
    [TestCase("[::1]:5080", true)]
    public async Task With_a_key_too_the_server_answers_to_its_own_names_alone(string host, bool isOwn)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/people") { Headers = { Host = host } };

        Assert.That((await _locked.Client.SendAsync(request)).StatusCode, Is.EqualTo(isOwn ? HttpStatusCode.OK : HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Slow_uploads_take_nobodys_place_and_are_ended()
    {
        // The server works on one photograph and lets four wait.
        var slow = new List<TcpClient>();
        try
        {
            for (int i = 0; i < 12; i++)
            {
                slow.Add(await Upload(announced: 20_000, sent: 10));
            }

            for (int round = 0; round < 3; round++)
            {
                foreach (TcpClient client in slow)
                {
                    await client.GetStream().WriteAsync(new byte[100]);
                }

                Assert.That((await _open.PostAsync("/api/faces", _noise, "image/png")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
            }

            // Fewer bytes than the server asks for, on and on: each connection is ended well before all would have been sent.
            string answer = await AnswerTo(slow[0], TimeSpan.FromSeconds(60));
            Assert.That(answer, Does.StartWith("HTTP/1.1 408").Or.Empty);
        }
        finally
        {
            slow.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public async Task Uploads_that_stand_still_keep_no_more_memory_than_the_budget()
    {
        var still = new List<TcpClient>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        HttpResponseMessage answer;
        do
        {
            // Two such uploads fit into 250,000 bytes, and together with them the next one does not. One that comes too early is refused itself.
            still.Add(await Upload(announced: 99_000, sent: 90_000));
            answer = await _open.PostAsync("/api/faces", new byte[95_000]);
        }
        while (answer.StatusCode != HttpStatusCode.ServiceUnavailable && !limit.IsCancellationRequested);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(answer.Headers.RetryAfter!.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("250,000 bytes"));

        still.ForEach(client => client.Dispose());
        do
        {
            answer = await _open.PostAsync("/api/faces", new byte[95_000]);
        }
        while (answer.StatusCode == HttpStatusCode.ServiceUnavailable && !limit.IsCancellationRequested);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity), "their share is free again");
    }

    [TestCase("http://[127.0.0.1]:0")]
    [TestCase("http://gallery.example:0")]
    [TestCase("http://0:0")]
    [TestCase("http://127.1:0")]
    [TestCase("http://127.0.0.1:0/gallery")]
    [TestCase("http://127.0.0.1:65536")]
    [TestCase("localhost:5080")]
    public async Task An_address_that_is_not_one_is_refused(string url)
    {
        (int code, string error) = await GalleryServerProcess.RefuseAsync(null, "--urls", url);

        Assert.That((code, error.Contains(url), error.Contains("not an address")), Is.EqualTo((1, true, true)), error);
    }

    [TestCase("http://[::]:0")]
    [TestCase("http://+:0")]
    [TestCase("http://0.0.0.0:0")]
    [TestCase("http://[::ffff:0.0.0.0]:0")]
    [TestCase("http://192.0.2.1:0")]
    public async Task An_address_that_others_reach_needs_a_key(string url)
    {
        (int code, string error) = await GalleryServerProcess.RefuseAsync(null, "--urls", url);

        Assert.That((code, error.Contains("GALLERY_SERVER_KEY")), Is.EqualTo((1, true)), error);
    }

    [TestCase("--max-bytes", "9223372036854775807")]
    [TestCase("--max-bytes", "0")]
    [TestCase("--max-upload-bytes", "10")]
    [TestCase("--max-pixels", "9223372036854775807")]
    [TestCase("--concurrency", "2147483647")]
    [TestCase("--threshold", "NaN")]
    [TestCase("--threshold", "-1")]
    [TestCase("--host", "gallery.example:80")]
    public async Task A_setting_out_of_range_is_refused_by_name(string option, string value)
    {
        (int code, string error) = await GalleryServerProcess.RefuseAsync(null, option, value);

        Assert.That((code, error.StartsWith($"{option} is ", StringComparison.Ordinal)), Is.EqualTo((1, true)), error);
    }

    [TestCase("Ada\u200B", "U+200B", TestName = "A zero-width space")]
    [TestCase("\u202Eada", "U+202E", TestName = "An override of the direction")]
    [TestCase("Ada\u2067", "U+2067", TestName = "An isolate of the direction")]
    [TestCase("A\u200Dda", "U+200D", TestName = "A joiner between Latin letters")]
    [TestCase("A\u00ADda", "U+00AD", TestName = "A soft hyphen")]
    [TestCase("Ada\uFE0F", "U+FE0F", TestName = "A variation selector")]
    [TestCase("Ada\u3164", "U+3164", TestName = "A filler of Hangul")]
    [TestCase("Ada\u2028", "U+2028", TestName = "A line separator")]
    [TestCase("Ada\u0000", "U+0000", TestName = "A null character")]
    [TestCase("Ada\uE000", "U+E000", TestName = "A private character")]
    [TestCase("\u0301", "no letter", TestName = "A mark alone")]
    public async Task A_name_that_looks_like_another_is_refused(string name, string said)
    {
        using HttpResponseMessage answer = await _open.PostAsync($"/api/people?name={Uri.EscapeDataString(name)}", _noise, "image/png");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("name cannot be kept").And.Contain(said));
    }

    [Test]
    public async Task Two_spellings_of_one_name_are_one_person()
    {
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync();
        byte[][] photographs = [.. TestData.Celebrity("train", "madonna")[..4].Select(File.ReadAllBytes)];
        string[] spellings = ["Am\u00E9lie \u0928\u093F\u0936\u094D\u200D", "Ame\u0301lie  \u0928\u093F\u0936\u094D\u200D", "\u00A0Am\u00E9lie\u2003\u0928\u093F\u0936\u094D\u200D "];
        for (int i = 0; i < spellings.Length; i++)
        {
            (await server.PostAsync($"/api/people?name={Uri.EscapeDataString(spellings[i])}", photographs[i])).EnsureSuccessStatusCode();
        }

        using HttpResponseMessage found = await server.PostAsync("/api/faces", photographs[3]);
        JsonElement nearest = (await found.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("faces")[0].GetProperty("nearest");

        Assert.That(nearest.EnumerateArray().Select(near => near.GetProperty("name").GetString()), Is.EqualTo(new[] { spellings[0] }));
    }

    [TestCase("/api/people?name=Ada&name=Eve", "name")]
    [TestCase("/api/people?name=Ada&face=0&face=1", "face")]
    public async Task A_value_that_is_given_twice_is_refused(string path, string key)
    {
        using HttpResponseMessage answer = await _open.PostAsync(path, _noise, "image/png");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("is ambiguous").And.Contain(key));
    }

    [TestCase("/")]
    [TestCase("/app.js")]
    [TestCase("/api/people")]
    [TestCase("/api/people/YQ/thumbnail")]
    [TestCase("/no-such-page")]
    public async Task Other_sites_cannot_embed_an_answer_and_browsers_do_not_keep_it(string path)
    {
        HttpResponseMessage answer = await _open.Client.GetAsync(path);

        Assert.That(answer.Headers.GetValues("Cross-Origin-Resource-Policy"), Is.EqualTo(new[] { "same-origin" }));
        Assert.That(answer.Headers.CacheControl!.NoStore);
    }

    private static byte[] Noise()
    {
        using var folder = new TemporaryFolder();
        return File.ReadAllBytes(folder.Image("noise.png", 64, 48, new Random(1)));
    }

    private static async Task<string> AnswerTo(TcpClient client, TimeSpan limit)
    {
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1, leaveOpen: true);
        try
        {
            return await reader.ReadLineAsync(new CancellationTokenSource(limit).Token) ?? string.Empty;
        }
        catch (IOException)
        {
            return string.Empty; // The connection was ended.
        }
    }

    private async Task<TcpClient> Upload(int announced, int sent)
    {
        var client = new TcpClient();
        await client.ConnectAsync(_open.Address.Host, _open.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/faces HTTP/1.1\r\nHost: {_open.Address.Authority}\r\nContent-Type: image/jpeg\r\nContent-Length: {announced}\r\n\r\n"));
        await client.GetStream().WriteAsync(new byte[sent]);
        return client;
    }
}
