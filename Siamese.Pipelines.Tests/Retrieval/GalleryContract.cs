using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>What every gallery keeps to, wherever it is kept.</summary>
public abstract class GalleryContract
{
    // Sums of a few dozen squares in float32; engines may sum in another order.
    private const double Rounding = 1e-4;

    protected static readonly EmbeddingSpace Plane = new("a network", 2);

    /// <summary>Gets the least share of the nearest items that is found: 1 for a store that is exact.</summary>
    protected virtual double Recall => 1;

    /// <summary>Makes an empty gallery, or opens that of the same name which this test made.</summary>
    protected abstract Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space);

    [Test]
    public async Task Items_are_found_as_they_were_added()
    {
        await using IGallery gallery = await OpenOrCreateAsync("found", Plane);
        var item = new GalleryItem("a/b c.jpg", "Zoë O'Hara", new float[] { 3, 4 })
        {
            Metadata = new Dictionary<string, string> { ["box"] = "1 2 3 4", ["quote"] = "\"it's\" \\ {}", ["language"] = "日本" },
        };

        await gallery.AddAsync([item, new GalleryItem("unlabelled", "", new float[] { 0, 1 })]);

        GalleryItem found = (await gallery.FindAsync("a/b c.jpg"))!;
        Assert.That((found.Id, found.Label), Is.EqualTo((item.Id, item.Label)));
        Assert.That(found.Embedding.ToArray(), Is.EqualTo(item.Embedding.ToArray()).Within(Rounding));
        Assert.That(found.Metadata, Is.EquivalentTo(item.Metadata));
        Assert.That((await gallery.FindAsync("unlabelled"))!.Label, Is.Empty);
        Assert.That(await gallery.FindAsync("A/B C.jpg"), Is.Null);
        Assert.That(await gallery.CountAsync(), Is.EqualTo(2));
    }

    [Test]
    public async Task Add_refuses_an_id_that_is_there_and_keeps_nothing()
    {
        await using IGallery gallery = await OpenOrCreateAsync("refused", Plane);
        await gallery.AddAsync(new GalleryItem("old", "Ada", new float[] { 1, 0 }));

        Assert.That(
            async () => await gallery.AddAsync([Item("new", 0, 1), Item("old", 0, 1)]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("items").And.Message.Contains("'old'"));
        Assert.That(
            async () => await gallery.UpsertAsync([Item("twice", 0, 1), Item("twice", 1, 1)]),
            Throws.ArgumentException.With.Message.Contains("'twice'"));
        Assert.That(await gallery.CountAsync(), Is.EqualTo(1));
        Assert.That((await gallery.FindAsync("old"))!.Label, Is.EqualTo("Ada"));
    }

    [Test]
    public async Task Upsert_replaces_label_embedding_and_metadata()
    {
        await using IGallery gallery = await OpenOrCreateAsync("upsert", Plane);
        await gallery.AddAsync([Item("a", 1, 0, "Ada", ("side", "left")), Item("b", 0, 5, "Ben")]);

        await gallery.UpsertAsync([Item("a", 0, 4, "Cleo"), Item("c", 9, 9, "Dan")]);

        GalleryItem replaced = (await gallery.FindAsync("a"))!;
        Assert.That((replaced.Label, replaced.Metadata.Count), Is.EqualTo(("Cleo", 0)));
        Assert.That(await gallery.CountAsync(), Is.EqualTo(3));
        IReadOnlyList<Match> near = await gallery.NearestAsync(new float[] { 0, 3 }, 3);
        Assert.That(near.Select(match => (match.Id, match.Label)), Is.EqualTo(new[] { ("a", "Cleo"), ("b", "Ben"), ("c", "Dan") }));
    }

    [Test]
    public async Task Removed_items_are_gone()
    {
        await using IGallery gallery = await OpenOrCreateAsync("removed", Plane);
        await gallery.AddAsync([.. Enumerable.Range(0, 20).Select(i => Item($"{i:00}", i, 1))]);

        Assert.That(await gallery.RemoveAsync([.. Enumerable.Range(0, 20).Where(i => i % 2 == 0).Select(i => $"{i:00}"), "nobody"]), Is.EqualTo(10));

        Assert.That(await gallery.CountAsync(), Is.EqualTo(10));
        Assert.That(await gallery.FindAsync("04"), Is.Null);
        Assert.That((await gallery.NearestAsync(new float[] { 4, 1 }, 20)).Select(match => match.Id), Has.Exactly(10).Items.And.None.EqualTo("04"));
        Assert.That(await gallery.RemoveAsync(["04"]), Is.Zero);
        await gallery.AddAsync(Item("04", 4, 1));
        Assert.That((await gallery.NearestAsync(new float[] { 4, 1 }, 1))[0].Id, Is.EqualTo("04"));
    }

    [Test]
    public async Task Nearest_agrees_with_sorting_all([Values] DistanceMetric metric, [Values(3, 32)] int dimension)
    {
        var random = new Random(7);
        var expected = new ObviousGallery(metric);
        await using IGallery gallery = await OpenOrCreateAsync($"nearest-{metric}-{dimension}", new EmbeddingSpace("a network", dimension, metric));
        expected.Items.AddRange(Enumerable.Range(0, 400).Select(i => new GalleryItem($"{i}", $"{i % 7}", Vector(random, dimension))));
        await gallery.AddAsync(expected.Items);
        float[][] queries = [.. Enumerable.Range(0, 20).Select(_ => Vector(random, dimension))];

        IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync([.. queries.Select(query => (ReadOnlyMemory<float>)query)], 10);

        int right = 0;
        for (int i = 0; i < queries.Length; i++)
        {
            (string Id, string Label, double Distance)[] nearest = expected.Nearest(queries[i], 10);
            Assert.That(found[i], Has.Count.EqualTo(10));
            Assert.That(found[i].Select(match => match.Distance), Is.Ordered);
            foreach (Match match in found[i])
            {
                GalleryItem item = expected.Items.Find(candidate => candidate.Id == match.Id)!;
                Assert.That(match.Label, Is.EqualTo(item.Label));
                Assert.That(match.Distance, Is.EqualTo(expected.Distance(queries[i], item.Embedding.ToArray())).Within(Rounding));
                right += nearest.Any(neighbor => neighbor.Id == match.Id) ? 1 : 0;
            }
        }

        Assert.That(right, Is.GreaterThanOrEqualTo(Recall * 200));
    }

    [Test]
    public async Task A_gallery_of_directions_ignores_lengths()
    {
        await using IGallery gallery = await OpenOrCreateAsync("directions", new EmbeddingSpace("a network", 2, DistanceMetric.Cosine));
        await gallery.AddAsync([Item("east", 50, 0), Item("north", 0, 0.5f), Item("west", -2, 0)]);

        IReadOnlyList<Match> near = await gallery.NearestAsync(new float[] { 1e-3f, 0 }, 3);

        Assert.That(near.Select(match => match.Id), Is.EqualTo(new[] { "east", "north", "west" }));
        Assert.That(near.Select(match => match.Distance), Is.EqualTo(new[] { 0f, 1, 2 }).Within(1e-4));
    }

    [Test]
    public async Task A_filter_is_of_labels_and_of_metadata()
    {
        await using IGallery gallery = await OpenOrCreateAsync("filter", Plane);
        await gallery.AddAsync(
            [.. Enumerable.Range(0, 60).Select(i => Item($"{i:00}", i, 0, $"person \"{i % 3}\"", ("side", i % 2 == 0 ? "left" : "it's right")))]);
        var filter = new GalleryFilter
        {
            Labels = ["person \"1\"", "person \"2\""],
            Metadata = new Dictionary<string, string> { ["side"] = "it's right" },
        };

        string[] wanted = [.. Enumerable.Range(0, 60).Where(i => i % 3 != 0 && i % 2 == 1).Select(i => $"{i:00}")];
        Assert.That(await Ids(gallery.ItemsAsync(filter)), Is.EqualTo(wanted));
        Assert.That((await gallery.NearestAsync(new float[] { -1, 0 }, 60, filter)).Select(match => match.Id), Is.EqualTo(wanted));
        Assert.That(
            (await gallery.NearestAsync(new float[] { -1, 0 }, 2, GalleryFilter.OfLabel("person \"2\""))).Select(match => match.Id),
            Is.EqualTo(new[] { "02", "05" }));
        Assert.That(await gallery.NearestAsync(new float[] { 0, 0 }, 5, GalleryFilter.OfLabel("person")), Is.Empty);
        Assert.That(await gallery.NearestAsync(new float[] { 0, 0 }, 5, new GalleryFilter { Labels = [] }), Is.Empty);
    }

    [Test]
    public async Task Pages_follow_each_other()
    {
        await using IGallery gallery = await OpenOrCreateAsync("pages", Plane);
        await gallery.AddAsync([.. Enumerable.Range(0, 250).Select(i => Item(i.ToString("000", CultureInfo.InvariantCulture), i, 0, $"{i % 2}"))]);

        Assert.That(await Ids(gallery.ItemsAsync(skip: 240)), Is.EqualTo(Enumerable.Range(240, 10).Select(i => $"{i:000}")));
        Assert.That(await Ids(gallery.ItemsAsync(GalleryFilter.OfLabel("1"), skip: 120)), Is.EqualTo(new[] { "241", "243", "245", "247", "249" }));
        Assert.That(await Ids(gallery.ItemsAsync(skip: 250)), Is.Empty);
        IReadOnlyList<IReadOnlyList<Match>> page = await gallery.NearestAsync([new float[] { 0, 0 }], 3, skip: 10);
        Assert.That(page[0].Select(match => match.Id), Is.EqualTo(new[] { "010", "011", "012" }));
    }

    [Test]
    public async Task What_cannot_be_compared_is_refused_and_nothing_is_kept()
    {
        await using IGallery gallery = await OpenOrCreateAsync("bad", Plane);
        await using IGallery directions = await OpenOrCreateAsync("bad-directions", new EmbeddingSpace("a network", 2, DistanceMetric.Cosine));
        GalleryItem good = Item("good", 1, 1);

        Assert.That(
            async () => await gallery.AddAsync([good, new GalleryItem("bad", "", new float[] { 1, 2, 3 })]),
            Throws.ArgumentException.With.Message.Contains("'bad' has 3 components").And.Message.Contains("of 2"));
        Assert.That(
            async () => await gallery.UpsertAsync([good, Item("bad", 1, float.NaN)]),
            Throws.ArgumentException.With.Message.Contains("NaN in component 1"));
        Assert.That(async () => await directions.AddAsync([good, Item("bad", 0, 0)]), Throws.ArgumentException.With.Message.Contains("is zero"));
        Assert.That(
            async () => await gallery.NearestAsync([new float[] { 1, 2, 3 }], 1), Throws.ArgumentException.With.Message.Contains("Query 0 has 3"));
        Assert.That(async () => await gallery.NearestAsync([new float[] { float.PositiveInfinity, 1 }], 1), Throws.ArgumentException);
        Assert.That(async () => await directions.NearestAsync([new float[] { 0, 0 }], 1), Throws.ArgumentException);
        Assert.That(
            async () => await gallery.NearestAsync([new float[] { 1, 2 }], 0),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count"));
        Assert.That(
            async () => await gallery.NearestAsync([new float[] { 1, 2 }], 1, skip: -1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("skip"));
        Assert.That(async () => await Ids(gallery.ItemsAsync(skip: -1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That((await gallery.CountAsync(), await directions.CountAsync()), Is.EqualTo((0L, 0L)));
    }

    [Test]
    public async Task An_empty_gallery_has_nothing_near()
    {
        await using IGallery gallery = await OpenOrCreateAsync("empty", Plane);

        Assert.That(await gallery.CountAsync(), Is.Zero);
        Assert.That(await gallery.NearestAsync(new float[] { 1, 2 }, 3), Is.Empty);
        Assert.That(await gallery.NearestAsync([], 3), Is.Empty);
        Assert.That(await gallery.IdentifyAsync(new float[] { 1, 2 }, 10), Is.Null);
        Assert.That(await Ids(gallery.ItemsAsync()), Is.Empty);
        await gallery.AddAsync([]);
        Assert.That(await gallery.RemoveAsync([]), Is.Zero);
    }

    [Test]
    public async Task Identify_names_nobody_beyond_the_distance()
    {
        await using IGallery gallery = await OpenOrCreateAsync("identify", Plane);
        await gallery.AddAsync([Item("a", 0, 0, "Ada"), Item("b", 10, 0, "Ben")]);

        Assert.That((await gallery.IdentifyAsync(new float[] { 7, 0 }, 3.5f))!.Value.Label, Is.EqualTo("Ben"));
        Assert.That(await gallery.IdentifyAsync(new float[] { 7, 0 }, 2.5f), Is.Null);
    }

    [Test]
    public async Task A_cancelled_call_ends_and_keeps_nothing()
    {
        await using IGallery gallery = await OpenOrCreateAsync("cancelled", Plane);
        await gallery.AddAsync(Item("a", 1, 2));
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(async () => await gallery.AddAsync([Item("b", 1, 2)], cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await gallery.NearestAsync([new float[] { 1, 2 }], 1, cancellationToken: cancelled), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await Ids(gallery.ItemsAsync(cancellationToken: cancelled)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await gallery.CountAsync(), Is.EqualTo(1));
    }

    [Test]
    public async Task Two_writers_and_a_reader_share_a_gallery()
    {
        await using IGallery gallery = await OpenOrCreateAsync("writers", Plane);
        Task[] writers =
        [
            .. Enumerable.Range(0, 2).Select(writer => Task.Run(async () =>
            {
                for (int i = 0; i < 25; i++)
                {
                    await gallery.AddAsync([Item($"{writer}-{i}-x", writer, i), Item($"{writer}-{i}-y", writer, i)]);
                }
            })),
        ];
        int twice = 0;
        while (!writers.All(writer => writer.IsCompleted))
        {
            IReadOnlyList<Match> near = await gallery.NearestAsync(new float[] { 0, 0 }, 200);
            twice += near.Count - near.DistinctBy(match => match.Id).Count();
        }

        await Task.WhenAll(writers);

        Assert.That(twice, Is.Zero, "items that a search gave twice");
        Assert.That(await gallery.CountAsync(), Is.EqualTo(100));
        Assert.That((await gallery.NearestAsync(new float[] { 0, 0 }, 200)).DistinctBy(match => match.Id), Has.Exactly(100).Items);
    }

    /// <summary>Makes an item of the plane.</summary>
    protected static GalleryItem Item(string id, float x, float y, string label = "", params (string Key, string Value)[] metadata) =>
        new(id, label, new[] { x, y }) { Metadata = metadata.ToDictionary(pair => pair.Key, pair => pair.Value) };

    protected static float[] Vector(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];

    private static async Task<string[]> Ids(IAsyncEnumerable<GalleryItem> items)
    {
        var ids = new List<string>();
        await foreach (GalleryItem item in items)
        {
            ids.Add(item.Id);
        }

        return [.. ids];
    }
}
