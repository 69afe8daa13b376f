using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries;

public sealed class GarnetGalleryErrorTests
{
    private static readonly EmbeddingSpace _plane = new("a network", 2);
    private static readonly GarnetGalleryOptions _impatient = new() { Timeout = TimeSpan.FromSeconds(2), RetryFor = TimeSpan.FromSeconds(0.2) };

    private GarnetServer? _server;

    [OneTimeSetUp]
    public void StartServer() => _server = GarnetServer.Start();

    [OneTimeTearDown]
    public void StopServer() => _server?.Dispose();

    [Test]
    public void A_server_that_is_not_there_is_an_error_within_seconds()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string nowhere = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        listener.Stop();
        long start = Stopwatch.GetTimestamp();

        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync(nowhere, "nowhere", _plane, _impatient),
            Throws.InstanceOf<IOException>().With.Message.Contains(nowhere).And.Message.Contains("Start it"));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public void A_server_that_accepts_and_says_nothing_is_an_error_within_seconds()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string address = $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}";
        long start = Stopwatch.GetTimestamp();

        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync(address, "silent", _plane, _impatient),
            Throws.InstanceOf<IOException>().With.Message.Contains(address));
        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public async Task A_server_that_dies_is_an_error_within_seconds_and_serves_again_once_it_is_back()
    {
        using GarnetServer mortal = GarnetServer.Start();
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(mortal.Address, "mortal", _plane, _impatient);
        await gallery.AddAsync(Item("a", 1, 2));
        mortal.Kill();
        long start = Stopwatch.GetTimestamp();

        foreach (Func<Task> call in new Func<Task>[]
        {
            () => gallery.NearestAsync(new float[] { 1, 2 }, 1),
            () => gallery.AddAsync(Item("b", 1, 2)),
            () => gallery.UpsertAsync([Item("b", 1, 2)]),
            () => gallery.RemoveAsync(["a"]),
            () => gallery.FindAsync("a"),
            async () => await gallery.CountAsync(),
        })
        {
            Assert.That(async () => await call(), Throws.InstanceOf<IOException>().With.Message.Contains(mortal.Address));
        }

        Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(30)));

        mortal.Recover();
        Assert.That((await RetryAsync(() => gallery.FindAsync("a")))!.Embedding.ToArray(), Is.EqualTo(new[] { 1f, 2 }));
        Assert.That((await gallery.NearestAsync(new float[] { 1, 2 }, 1))[0].Id, Is.EqualTo("a"));
    }

    [Test]
    public async Task A_wrong_password_is_named()
    {
        using GarnetServer locked = GarnetServer.Start("--auth", "Password", "--password", "right");

        foreach (string connection in new[] { locked.Address, $"{locked.Address},password=wrong" })
        {
            Assert.That(
                async () => await GarnetGallery.OpenOrCreateAsync(connection, "locked", _plane, _impatient),
                Throws.InstanceOf<IOException>().With.Message.Contains(locked.Address).And.Message.Contains("password="));
        }

        await using GarnetGallery opened = await GarnetGallery.OpenOrCreateAsync($"{locked.Address},password=right", "locked", _plane, _impatient);
        Assert.That(await opened.CountAsync(), Is.Zero);
    }

    [Test]
    public void A_server_without_vector_sets_is_refused_with_the_option_that_it_wants()
    {
        using GarnetServer plain = GarnetServer.StartPlain();

        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync(plain.Address, "plain", _plane, _impatient),
            Throws.InstanceOf<IOException>().With.Message.Contains(plain.Address).And.Message.Contains("--enable-vector-set-preview"));
    }

    [Test]
    public async Task Another_format_version_and_a_foreign_header_are_refused()
    {
        await using (await GarnetGallery.OpenOrCreateAsync(_server!.Address, "later", _plane))
        {
        }

        string header = _server.Send("GET", "later:header");
        Assert.That(header, Does.Contain("\"Version\":1"));
        _server.Send("SET", "later:header", header.Replace("\"Version\":1", "\"Version\":2,\"Unknown\":3"));
        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync(_server.Address, "later", _plane),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("version 2").And.Message.Contains("version 1"));

        foreach (string text in new[] { "hello", "{}", "[]", "{\"Format\":\"other\"}", header.Replace("\"Shards\":6", "\"Shards\":0"), header[..^5] })
        {
            _server.Send("SET", "later:header", text);
            Assert.That(
                async () => await GarnetGallery.OpenOrCreateAsync(_server.Address, "later", _plane),
                Throws.InstanceOf<InvalidDataException>().With.Message.Contains("later:header"),
                text);
        }
    }

    [Test]
    public async Task A_damaged_item_is_named()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_server!.Address, "damaged", _plane);
        await gallery.AddAsync(Item("a", 1, 2));
        var shards = new GalleryShards("damaged", gallery.Shards);

        _server.Send("SET", shards.Item(shards.Of("a"), "a").ToString(), "something else that is long enough to have an embedding");

        Assert.That(async () => await gallery.FindAsync("a"), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("'a'"));
        await gallery.UpsertAsync([Item("a", 3, 4)]);
        Assert.That((await gallery.NearestAsync(new float[] { 0, 0 }, 1))[0], Is.EqualTo(new Match("a", "", 5)));
    }

    [Test]
    public void A_name_with_braces_and_a_connection_to_nobody_are_refused()
    {
        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync(_server!.Address, "fa{ces}", _plane),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("name").And.Message.Contains("braces"));
        Assert.That(
            async () => await GarnetGallery.OpenOrCreateAsync("password=x", "faces", _plane),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("connection"));
    }

    [Test]
    public void Options_refuse_what_Garnet_would()
    {
        Assert.That(
            () => new GarnetGalleryOptions { Shards = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Shards is 0"));
        Assert.That(() => new GarnetGalleryOptions { GraphDegree = 3 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GarnetGalleryOptions { ExplorationFactor = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GarnetGalleryOptions { Timeout = TimeSpan.Zero }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GarnetGalleryOptions { RetryFor = TimeSpan.FromSeconds(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new GarnetGalleryOptions { Quantization = (GarnetQuantization)9 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static GalleryItem Item(string id, float x, float y) => new(id, "", new[] { x, y });

    private static async Task<T> RetryAsync<T>(Func<Task<T>> call)
    {
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (IOException) when (attempt < 10)
            {
                await Task.Delay(200);
            }
        }
    }
}
