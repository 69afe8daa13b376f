using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

public sealed class PostgresGalleryIndexTests
{
    private const string Schema = "siamese_index";

    private PostgresServer _server = null!;

    [OneTimeSetUp]
    public async Task FindServer() => _server = await PostgresServer.SharedAsync(Schema);

    // Embeddings around centers, as those of faces are around people.
    [Test]
    public async Task An_index_finds_nearly_all_that_looking_at_every_item_finds([Values] DistanceMetric metric)
    {
        (GalleryItem[] items, ReadOnlyMemory<float>[] queries) = Clustered(2000, 64);
        var space = new EmbeddingSpace("a network", 64, metric);
        await using PostgresGallery gallery = await OpenAsync($"recall {metric}", space);
        await using PostgresGallery exact = await OpenAsync($"recall {metric}", space, new() { Schema = Schema, Exact = true });
        await gallery.AddAsync(items);
        IReadOnlyList<IReadOnlyList<Match>> before = await gallery.NearestAsync(queries, 10);

        await gallery.BuildIndexAsync();

        Assert.That(await UsesIndexAsync(gallery, queries[0]), Is.True);
        Assert.That(await exact.NearestAsync(queries, 10), Is.EqualTo(before));
        IReadOnlyList<IReadOnlyList<Match>> after = await gallery.NearestAsync(queries, 10);
        Assert.That(Recall(before, after), Is.GreaterThanOrEqualTo(0.98));

        // More than the index keeps candidates for, and behind filters that few items pass.
        var filter = new GalleryFilter { Metadata = new Dictionary<string, string> { ["part"] = "3" } };
        foreach ((int count, GalleryFilter? among) in new[] { (200, null), (10, filter), (60, filter), (10, GalleryFilter.OfLabel("person 3")) })
        {
            IReadOnlyList<IReadOnlyList<Match>> all = await exact.NearestAsync(queries, count, among);
            IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync(queries, count, among);
            Assert.That(found.Select(matches => matches.Count), Is.EqualTo(all.Select(matches => matches.Count)));
            Assert.That(found.Select(matches => matches.Select(match => match.Distance)), Is.All.Ordered);
            Assert.That(Recall(all, found), Is.GreaterThanOrEqualTo(0.95), $"{count} among {among}");
        }

        await gallery.DropIndexAsync();
        Assert.That(await gallery.NearestAsync(queries, 10), Is.EqualTo(before));
    }

    [Test]
    public async Task An_index_follows_what_is_added_and_removed()
    {
        (GalleryItem[] items, ReadOnlyMemory<float>[] queries) = Clustered(1500, 16);
        var space = new EmbeddingSpace("a network", 16);
        await using PostgresGallery gallery = await OpenAsync("changes", space);
        await gallery.AddAsync(items[..800]);
        await gallery.BuildIndexAsync();

        await gallery.AddAsync(items[800..]);
        await gallery.RemoveAsync(items[..500].Select(item => item.Id));

        IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync(queries, 10);
        Assert.That(
            found.SelectMany(matches => matches).Select(match => match.Id), Has.None.Matches<string>(id => string.CompareOrdinal(id, "00500") < 0));
        await gallery.DropIndexAsync();
        Assert.That(Recall(await gallery.NearestAsync(queries, 10), found), Is.GreaterThanOrEqualTo(0.98));
    }

    // Another gallery object, of another process perhaps, built it.
    [Test]
    public async Task An_index_is_built_once_and_anew_where_it_is_to_be_another()
    {
        (GalleryItem[] items, _) = Clustered(300, 8);
        var space = new EmbeddingSpace("a network", 8);
        await using PostgresGallery gallery = await OpenAsync("once", space);
        await using PostgresGallery other = await OpenAsync("once", space);
        await using PostgresGallery finer = await OpenAsync(
            "once", space, new() { Schema = Schema, M = 24, EfConstruction = 100, BuildMegabytes = 32 });
        await gallery.AddAsync(items);

        await Task.WhenAll(Task.Run(() => gallery.BuildIndexAsync()), Task.Run(() => other.BuildIndexAsync()));
        uint first = await IndexAsync();
        await other.BuildIndexAsync();
        Assert.That(await IndexAsync(), Is.EqualTo(first));
        await finer.BuildIndexAsync();
        Assert.That(await IndexAsync(), Is.Not.EqualTo(first));
        Assert.That(
            await _server.ScalarAsync<string>($"SELECT array_to_string(reloptions, ',') FROM pg_class WHERE oid = {await IndexAsync()}"),
            Is.EqualTo("m=24,ef_construction=100"));

        async Task<uint> IndexAsync() => await _server.ScalarAsync<uint>(
            $"SELECT indexrelid FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'items_%_nearest' "
            + $"AND indrelid = (SELECT '{Schema}.items_' || number FROM {Schema}.gallery WHERE name = 'once')::regclass");
    }

    // VGG-Face's descriptors have 2,622 components: more than an index holds in float32.
    [Test]
    public async Task Long_embeddings_are_indexed_rounded_and_compared_exactly([Values] DistanceMetric metric)
    {
        (GalleryItem[] items, ReadOnlyMemory<float>[] queries) = Clustered(150, 2622);
        var space = new EmbeddingSpace("a network", 2622, metric);
        await using PostgresGallery gallery = await OpenAsync($"long {metric}", space);
        await gallery.AddAsync(items);
        IReadOnlyList<IReadOnlyList<Match>> before = await gallery.NearestAsync(queries[..5], 10);

        await gallery.BuildIndexAsync();

        Assert.That(await UsesIndexAsync(gallery, queries[0]), Is.True);
        IReadOnlyList<IReadOnlyList<Match>> after = await gallery.NearestAsync(queries[..5], 10);
        Assert.That(Recall(before, after), Is.GreaterThanOrEqualTo(0.98));
        Dictionary<string, float> distances = before[0].ToDictionary(match => match.Id, match => match.Distance);
        Assert.That(after[0].Where(match => distances.ContainsKey(match.Id)), Is.All.Matches<Match>(match => match.Distance == distances[match.Id]));
    }

    [Test]
    public async Task Embeddings_too_long_for_an_index_are_searched_exactly()
    {
        await using PostgresGallery gallery = await OpenAsync("too long", new EmbeddingSpace("a network", 4001));
        float[] embedding = [.. Enumerable.Range(0, 4001).Select(i => i / 4001f)];
        await gallery.AddAsync(new GalleryItem("a", "", embedding));

        Assert.That(async () => await gallery.BuildIndexAsync(), Throws.InstanceOf<NotSupportedException>().With.Message.Contains("4001"));
        Assert.That((await gallery.NearestAsync(embedding, 1))[0], Is.EqualTo(new Match("a", "", 0)));
    }

    [Test]
    [Explicit("Measures.")]
    public async Task Twenty_thousand_items_are_loaded_indexed_and_searched()
    {
        (GalleryItem[] items, ReadOnlyMemory<float>[] queries) = Clustered(20_000, 128);
        var space = new EmbeddingSpace("a network", 128, DistanceMetric.Cosine);
        await using PostgresGallery gallery = await OpenAsync("large", space);
        await Timed("load", () => gallery.AddAsync(items));
        IReadOnlyList<IReadOnlyList<Match>> exact = [];
        await Timed($"{queries.Length} queries, exact", async () => exact = await gallery.NearestAsync(queries, 10));
        await Timed("index", () => gallery.BuildIndexAsync());
        foreach (int ef in new[] { 20, 40, 100, 200 })
        {
            await using PostgresGallery searched = await OpenAsync("large", space, new() { Schema = Schema, EfSearch = ef });
            IReadOnlyList<IReadOnlyList<Match>> found = [];
            await Timed($"{queries.Length} queries, EfSearch {ef}", async () => found = await searched.NearestAsync(queries, 10));
            await TestContext.Out.WriteLineAsync($"  recall {Recall(exact, found):F3}");
            Assert.That(Recall(exact, found), Is.GreaterThan(0.9));
        }

        static async Task Timed(string what, Func<Task> work)
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            await work();
            await TestContext.Out.WriteLineAsync($"{what}: {watch.Elapsed.TotalSeconds:F2} s");
        }
    }

    /// <summary>Tells whether the server answers from the index.</summary>
    private async Task<bool> UsesIndexAsync(PostgresGallery gallery, ReadOnlyMemory<float> query)
    {
        long before = await ScansAsync();
        await gallery.NearestAsync([query, query], 3);
        for (int wait = 0; wait < 30 && await ScansAsync() == before; wait++)
        {
            await Task.Delay(40);
        }

        return await ScansAsync() > before;

        // Each connection tells what it counted, and any may be asked.
        async Task<long> ScansAsync()
        {
            await _server.ExecuteAsync("SELECT pg_stat_force_next_flush()");
            return await _server.ScalarAsync<long>(
                "SELECT coalesce(sum(idx_scan), 0)::bigint FROM pg_stat_user_indexes "
                + $"WHERE schemaname = '{Schema}' AND indexrelname LIKE '%_nearest'");
        }
    }

    private static double Recall(IReadOnlyList<IReadOnlyList<Match>> all, IReadOnlyList<IReadOnlyList<Match>> found)
    {
        double there = all.Zip(found, (some, got) => some.Count(match => got.Any(other => other.Id == match.Id))).Sum();
        return there / all.Sum(matches => matches.Count);
    }

    private static (GalleryItem[] Items, ReadOnlyMemory<float>[] Queries) Clustered(int count, int dimension)
    {
        var random = new Random(1);
        float[][] centers = [.. Enumerable.Range(0, count / 20).Select(_ => Normal(random, dimension))];
        float[] Near(int center) => [.. centers[center].Zip(Normal(random, dimension), (x, noise) => x + (0.6f * noise))];
        GalleryItem[] items =
        [
            .. Enumerable.Range(0, count).Select(i =>
            {
                int center = random.Next(centers.Length);
                return new GalleryItem($"{i:00000}", $"person {center}", Near(center))
                {
                    Metadata = new Dictionary<string, string> { ["part"] = $"{i % 10}" },
                };
            }),
        ];
        return (items, [.. Enumerable.Range(0, 50).Select(i => (ReadOnlyMemory<float>)Near(i % centers.Length))]);
    }

    private static float[] Normal(Random random, int dimension) =>
    [
        .. Enumerable.Range(0, dimension).Select(
            _ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))),
    ];

    private Task<PostgresGallery> OpenAsync(string name, EmbeddingSpace space, PostgresGalleryOptions? options = null) =>
        PostgresGallery.OpenOrCreateAsync(_server.Source, name, space, options ?? new PostgresGalleryOptions { Schema = Schema });
}
