using System.Collections.Concurrent;
using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Pipelines.Tests.Galleries;

public sealed class GarnetGalleryTests
{
    private static readonly EmbeddingSpace _plane = new("a network", 2);

    private GarnetServer? _server;
    private ConnectionMultiplexer? _connection;

    [OneTimeSetUp]
    public void StartServer()
    {
        _server = GarnetServer.Start();
        _connection = ConnectionMultiplexer.Connect(_server.Address);
    }

    [OneTimeTearDown]
    public void StopServer()
    {
        _connection?.Dispose();
        _server?.Dispose();
    }

    [Test]
    public async Task A_connection_of_the_caller_stays_open()
    {
        await using (GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "shared", _plane))
        {
            await gallery.AddAsync(Item("a", 1, 2));
        }

        await using GarnetGallery again = await GarnetGallery.OpenOrCreateAsync(_connection!, "shared", _plane);
        Assert.That(await again.CountAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task A_gallery_keeps_the_layout_that_it_was_made_with()
    {
        await using (GarnetGallery made = await GarnetGallery.OpenOrCreateAsync(
            _connection!, "layout", _plane, new GarnetGalleryOptions { Shards = 2, GraphDegree = 8, Quantization = GarnetQuantization.EightBit }))
        {
            await made.AddAsync([Item("a", 1, 2), Item("b", 2, 1), Item("c", 5, 5)]);
        }

        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "layout", _plane);
        Assert.That(gallery.Shards, Is.EqualTo(2));
        await gallery.AddAsync([Item("d", 6, 6), Item("e", 6, 5), Item("f", 5, 6)]);
        Assert.That(
            (await gallery.NearestAsync(new float[] { 0, 0 }, 9)).Select(match => match.Id), Is.EqualTo(new[] { "a", "b", "c", "e", "f", "d" }));
    }

    [Test]
    public async Task Quantized_vectors_give_exact_distances([Values] GarnetQuantization quantization)
    {
        const int Dimension = 64;
        var random = new Random(3);
        float[][] vectors = [.. Enumerable.Range(0, 500).Select(_ => Vector(random, Dimension))];
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(
            _connection!,
            $"quantized-{quantization}",
            new EmbeddingSpace("a network", Dimension),
            new GarnetGalleryOptions { Quantization = quantization, Oversampling = 8 });
        await gallery.AddAsync([.. vectors.Select((vector, i) => new GalleryItem($"{i}", $"{i % 5}", vector))]);

        int right = 0;
        foreach (float[] query in Enumerable.Range(0, 20).Select(_ => Vector(random, Dimension)))
        {
            IReadOnlyList<Match> found = await gallery.NearestAsync(query, 10);
            float[] distances = [.. vectors.Select(vector => DistanceMetric.Euclidean.Between(query, vector))];
            Assert.That(found.Select(match => match.Distance), Is.EqualTo(found.Select(match => distances[int.Parse(match.Id)])));
            right += found.Count(match => match.Distance <= distances.Order().ElementAt(9));
        }

        Assert.That(right, Is.GreaterThanOrEqualTo(190), "of 200 nearest");
    }

    [Test]
    public async Task Of_writers_that_race_for_an_id_one_wins()
    {
        await using GarnetGallery one = await GarnetGallery.OpenOrCreateAsync(_server!.Address, "race", _plane);
        await using GarnetGallery other = await GarnetGallery.OpenOrCreateAsync(_server.Address, "race", _plane);
        var winners = new ConcurrentBag<(int Id, int Writer)>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(async () =>
        {
            for (int id = 0; id < 50; id++)
            {
                try
                {
                    await (writer % 2 == 0 ? one : other).AddAsync(new GalleryItem($"{id}", $"{writer}", new float[] { id, writer }));
                    winners.Add((id, writer));
                }
                catch (ArgumentException exception) when (exception.ParamName == "items")
                {
                    // Another writer was first.
                }
            }
        })));

        Assert.That(winners.Select(winner => winner.Id).Order(), Is.EqualTo(Enumerable.Range(0, 50)));
        Assert.That(await one.CountAsync(), Is.EqualTo(50));
        foreach ((int id, int writer) in winners)
        {
            Assert.That((await other.FindAsync($"{id}"))!.Label, Is.EqualTo($"{writer}"));
            Assert.That((await one.NearestAsync(new float[] { id, writer }, 1))[0], Is.EqualTo(new Match($"{id}", $"{writer}", 0)));
        }

        var shards = new GalleryShards("race", one.Shards);
        long vectors = 0;
        for (int shard = 0; shard < shards.Count; shard++)
        {
            vectors += await _connection!.GetDatabase().VectorSetLengthAsync(shards.Vectors(shard));
        }

        Assert.That(vectors, Is.EqualTo(50), "the losers' vectors are gone");
    }

    [Test]
    public async Task A_vector_of_no_item_shows_in_no_search_and_is_removed_after_a_day()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "left-over", _plane);
        await gallery.AddAsync([Item("a", 1, 1), Item("b", 3, 3)]);
        var shards = new GalleryShards("left-over", gallery.Shards);
        IDatabase database = _connection!.GetDatabase();
        int shard = shards.Of("a");
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        byte[] ofNow = VectorMember.Of(Guid.CreateVersion7(now), "nobody");
        byte[] ofYesterday = VectorMember.Of(Guid.CreateVersion7(now.AddHours(-25)), "nobody");
        foreach (byte[] member in new[] { ofNow, ofYesterday })
        {
            var request = VectorSetAddRequest.Member(member, new float[] { 0, 0 }, "{}");
            request.Quantization = VectorSetQuantization.None;
            request.MaxConnections = 16;
            Assert.That(await database.VectorSetAddAsync(shards.Vectors(shard), request));
        }

        IReadOnlyList<Match> found = await gallery.NearestAsync(new float[] { 0, 0 }, 2);

        Assert.That(found.Select(match => match.Id), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(await gallery.CountAsync(), Is.EqualTo(2));
        Assert.That(await gallery.FindAsync("nobody"), Is.Null);
        Assert.That(await database.VectorSetContainsAsync(shards.Vectors(shard), ofNow));
        Assert.That(await database.VectorSetContainsAsync(shards.Vectors(shard), ofYesterday), Is.False);
    }

    [Test]
    public async Task Items_of_many_pages_are_listed_once([Values(0, 1, 255, 256, 600, 999, 1000, 2000)] int skip)
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "many-pages", _plane);
        string[] ids = [.. Enumerable.Range(0, 1000).Select(i => $"{i:0000}")];
        await gallery.UpsertAsync([.. ids.Select((id, i) => new GalleryItem(id, $"{i % 2}", new float[] { i, 1 }))]);

        List<string> all = [];
        await foreach (GalleryItem item in gallery.ItemsAsync(skip: skip))
        {
            all.Add(item.Id);
        }

        List<string> odd = [];
        await foreach (GalleryItem item in gallery.ItemsAsync(GalleryFilter.OfLabel("1"), skip))
        {
            odd.Add(item.Id);
        }

        Assert.That(all, Is.EqualTo(ids.Skip(skip)));
        Assert.That(odd, Is.EqualTo(ids.Where((_, i) => i % 2 == 1).Skip(skip)));
    }

    [Test]
    public async Task Repair_adds_the_vectors_that_the_store_has_lost()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "repaired", _plane);
        await gallery.AddAsync([.. Enumerable.Range(0, 600).Select(i => Item($"{i}", i, 1))]);
        var shards = new GalleryShards("repaired", gallery.Shards);
        IDatabase database = _connection!.GetDatabase();
        foreach (string id in new[] { "7", "599" })
        {
            byte[] stored = (await database.StringGetAsync(shards.Item(shards.Of(id), id)))!;
            byte[] member = VectorMember.Of(StoredItem.Decode(id, stored, 2).Version, id);
            Assert.That(await database.VectorSetRemoveAsync(shards.Vectors(shards.Of(id)), member));
        }

        Assert.That((await gallery.NearestAsync(new float[] { 7, 1 }, 1))[0].Id, Is.Not.EqualTo("7"));
        Assert.That(await gallery.RepairAsync(), Is.EqualTo(2));
        Assert.That((await gallery.NearestAsync(new float[] { 7, 1 }, 1))[0].Id, Is.EqualTo("7"));
        Assert.That((await gallery.NearestAsync(new float[] { 599, 1 }, 1))[0].Id, Is.EqualTo("599"));
        Assert.That(await gallery.RepairAsync(), Is.Zero);
    }

    [Test]
    public async Task Searches_see_an_item_whole_while_it_is_replaced()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "replaced", _plane);
        await gallery.AddAsync([Version(0), Item("far", 1000, 1000)]);
        Task writer = Task.Run(async () =>
        {
            for (int i = 1; i <= 200; i++)
            {
                await gallery.UpsertAsync([Version(i)]);
            }
        });
        int searches = 0;
        while (!writer.IsCompleted || searches == 0)
        {
            Match match = (await gallery.NearestAsync(new float[] { 0, 0 }, 2))[0];
            Assert.That((match.Id, match.Distance), Is.EqualTo(("it", float.Parse(match.Label))));
            searches++;
        }

        await writer;
        Assert.That((await gallery.NearestAsync(new float[] { 0, 0 }, 5)).Select(match => match.Label), Is.EqualTo(new[] { "200", "" }));

        static GalleryItem Version(int i) => new("it", $"{i}", new float[] { 0, i });
    }

    [Test]
    public async Task Items_that_are_alike_are_all_found()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "alike", _plane);
        await gallery.AddAsync([.. Enumerable.Range(0, 300).Select(i => new GalleryItem($"{i:000}", $"{i % 100}", new float[] { 1, 1 }))]);

        Assert.That(
            (await gallery.NearestAsync(new float[] { 0, 0 }, 300)).Select(match => match.Id),
            Is.EqualTo(Enumerable.Range(0, 300).Select(i => $"{i:000}")));
        Assert.That(
            (await gallery.NearestAsync(new float[] { 0, 0 }, 9, GalleryFilter.OfLabel("7"))).Select(match => match.Id),
            Is.EqualTo(new[] { "007", "107", "207" }));
    }

    [Test]
    public async Task A_filter_may_say_more_than_the_server_can()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "long-filter", _plane);
        await gallery.AddAsync([.. Enumerable.Range(0, 200).Select(i => new GalleryItem($"{i:000}", $"{i}", new float[] { i, 0 })
        {
            Metadata = Enumerable.Range(0, 20).ToDictionary(key => $"key {key}", key => $"{(key == 19 ? i % 2 : key)}"),
        })]);
        var filter = new GalleryFilter
        {
            Labels = [.. Enumerable.Range(100, 100).Select(i => $"{i}")],
            Metadata = Enumerable.Range(0, 20).ToDictionary(key => $"key {key}", key => $"{(key == 19 ? 1 : key)}"),
        };

        IReadOnlyList<Match> found = await gallery.NearestAsync(new float[] { 0, 0 }, 100, filter);

        Assert.That(found.Select(match => match.Id), Is.EqualTo(Enumerable.Range(100, 100).Where(i => i % 2 == 1).Select(i => $"{i:000}")));
    }

    [Test]
    public async Task Ids_may_be_long_and_of_any_script()
    {
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(_connection!, "ids", _plane);
        string[] ids = ["{a}", "a:ids", "日本/😀.jpg", new('x', 4000), " ", "é", "e\u0301", "a\r\nb"];
        ids = [.. ids.Where(id => !string.IsNullOrWhiteSpace(id)).Order(StringComparer.Ordinal)];
        await gallery.AddAsync([.. ids.Select((id, i) => Item(id, i, 1))]);

        List<string> listed = [];
        await foreach (GalleryItem item in gallery.ItemsAsync())
        {
            listed.Add(item.Id);
        }

        Assert.That(listed, Is.EquivalentTo(ids));
        Assert.That((await gallery.NearestAsync(new float[] { 0, 1 }, 20)).Select(match => match.Id), Is.EqualTo(ids));
        Assert.That(await gallery.RemoveAsync(ids), Is.EqualTo(ids.Length));
        Assert.That(async () => await gallery.AddAsync(Item("half \ud83d", 1, 1)), Throws.InstanceOf<ArgumentException>());
    }

    [TestCase("0", 13907)]
    [TestCase("123456789", 0x31C3)]
    public void Slots_are_those_of_a_cluster(string tag, int slot) => Assert.That(GalleryShards.SlotOf(tag), Is.EqualTo(slot));

    [Test]
    public void Shards_lie_evenly_over_the_slots([Values(1, 2, 3, 6, 7, 64, 1024)] int count)
    {
        var shards = new GalleryShards("faces", count);

        for (int shard = 0; shard < count; shard++)
        {
            string key = shards.Vectors(shard).ToString();
            Assert.That(GalleryShards.SlotOf(key[(key.IndexOf('{') + 1)..key.IndexOf('}')]) * (long)count / 16384, Is.EqualTo(shard));
        }
    }

    [Test]
    public void Ids_are_dealt_alike_on_every_machine()
    {
        // XXH64 of nothing is in its specification: EF46DB3751D8E999.
        Assert.That(new GalleryShards("faces", 7).Of(""), Is.EqualTo((int)(0xEF46DB3751D8E999 % 7)));
        int[] dealt = new int[6];
        for (int i = 0; i < 6000; i++)
        {
            dealt[new GalleryShards("faces", 6).Of($"photographs/{i}.jpg")]++;
        }

        Assert.That(dealt, Is.All.InRange(850, 1150));
    }

    private static GalleryItem Item(string id, float x, float y) => new(id, "", new[] { x, y });

    private static float[] Vector(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];
}
