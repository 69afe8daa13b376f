using Microsoft.Extensions.VectorData;
using NUnit.Framework.Constraints;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>What a gallery makes of a collection that does not keep to what it was asked for.</summary>
public sealed class VectorStoreGalleryTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);
    private static readonly EmbeddingSpace Directions = new("a network", 2, DistanceMetric.Cosine);
    private static readonly float[] Query = [1, 2];

    [Test]
    public async Task A_search_returns_at_most_count_nearest_first_each_once([Values(0, 1, 2)] int skip)
    {
        var collection = new FaultyCollection
        {
            Results = _ => [Result("far", 9), Result("b", 2), Result("a", 1), Result("b", 2), Result("c", 3), Result("a", 4), Result("d", 5)],
        };

        IReadOnlyList<Match> near = (await (await Open(collection)).NearestAsync([Query], 2, skip: skip))[0];

        Match[] all = [new("a", "Ada", 1), new("b", "Ada", 2), new("c", "Ada", 3), new("d", "Ada", 5), new("far", "Ada", 9)];
        Assert.That(near, Is.EqualTo(all.Skip(skip).Take(2)));
    }

    [Test]
    public async Task Repeated_results_do_not_hide_what_comes_after_them()
    {
        // Every item stands in two shards.
        var collection = new FaultyCollection { Results = top => Enumerable.Range(0, top).Select(i => Result($"{i / 2}", i / 2)).Take(40) };

        IReadOnlyList<Match> near = await (await Open(collection)).NearestAsync(Query, 10);

        Assert.That(near.Select(match => match.Id), Is.EqualTo(Enumerable.Range(0, 10).Select(i => $"{i}")));
    }

    [Test]
    public async Task A_search_of_which_only_repetitions_come_ends()
    {
        var collection = new FaultyCollection { Results = top => Enumerable.Repeat(Result("a", 1), top) };

        Assert.That(await (await Open(collection)).NearestAsync(Query, 1000), Is.EqualTo(new[] { new Match("a", "Ada", 1) }));
    }

    [Test]
    public async Task Items_of_other_labels_are_passed_over_where_the_collection_ignores_the_filter()
    {
        var collection = new FaultyCollection
        {
            Results = top => Enumerable.Range(0, 100).Select(i => Result($"{i}", i, i % 10 == 9 ? "Ben" : "Ada")).Take(top),
            Records = skip => [Record("x"), Record("y", "Ben")],
        };
        IGallery gallery = await Open(collection);

        Assert.That(
            (await gallery.NearestAsync(Query, 3, GalleryFilter.OfLabel("Ben"))).Select(match => match.Id), Is.EqualTo(new[] { "9", "19", "29" }));
        Assert.That((await gallery.ItemsAsync(GalleryFilter.OfLabel("Ben")).ToListAsync()).Select(item => item.Id), Is.EqualTo(new[] { "y" }));
    }

    [TestCase(null, "returned 'a' with no score")]
    [TestCase(double.NaN, "returned 'a' with NaN")]
    [TestCase(double.PositiveInfinity, "returned 'a' with Infinity")]
    [TestCase(double.NegativeInfinity, "returned 'a' with -Infinity")]
    [TestCase(double.MaxValue, "returned 'a' with 1.79")]
    [TestCase(-1.0, "returned 'a' with -1, which is not a score of its distance function")]
    public async Task A_score_that_cannot_be_is_refused(double? score, string message)
    {
        var collection = new FaultyCollection { Results = _ => [Result("good", 0), Result("a", score)] };
        IGallery gallery = await Open(collection);

        Assert.That(async () => await gallery.NearestAsync(Query, 2), Refused(message));
    }

    // A collection that was made with another function than it is opened with.
    [TestCase(DistanceFunction.CosineDistance, 7)]
    [TestCase(DistanceFunction.CosineDistance, -1)]
    [TestCase(DistanceFunction.CosineSimilarity, 7)]
    [TestCase(DistanceFunction.CosineSimilarity, -7)]
    [TestCase(DistanceFunction.DotProductSimilarity, 7)]
    [TestCase(DistanceFunction.NegativeDotProductSimilarity, -7)]
    [TestCase(DistanceFunction.EuclideanDistance, -1)]
    [TestCase(DistanceFunction.EuclideanDistance, 7)]
    [TestCase(DistanceFunction.EuclideanSquaredDistance, 7)]
    [TestCase(DistanceFunction.EuclideanSquaredDistance, double.NegativeInfinity)]
    public async Task A_score_beyond_what_directions_can_have_is_refused(string function, double score)
    {
        var collection = new FaultyCollection { Results = _ => [new(Record("a", space: Directions), score)] };
        IGallery gallery = await VectorStoreGallery.OpenOrCreateAsync(collection, Directions, function);

        Assert.That(async () => await gallery.NearestAsync(Query, 1), Refused("is not a score"));
    }

    [Test]
    public async Task Records_that_cannot_be_are_refused()
    {
        GalleryRecord withoutSpace = Record("a");
        withoutSpace.Space = null!;
        GalleryRecord?[] records = [null, Record(" "), Record(null!), Record("a", space: new EmbeddingSpace("another network", 2)), withoutSpace];
        foreach (GalleryRecord? record in records)
        {
            var collection = new FaultyCollection { Results = _ => [Result("good", 0), new(record!, 1)] };
            IGallery gallery = await Open(collection);
            collection.Records = _ => [record];
            collection.Found = [record];

            Assert.That(async () => await gallery.NearestAsync(Query, 2), Refused("'faulty'"));
            Assert.That(async () => await gallery.CountAsync(), Refused("'faulty'"));
            Assert.That(async () => await gallery.ItemsAsync().ToListAsync(), Refused("'faulty'"));
            if (record is not null)
            {
                Assert.That(async () => await gallery.FindAsync("a"), Refused("'faulty'"));
            }
        }

        var empty = new FaultyCollection { Results = _ => [null] };
        Assert.That(async () => await (await Open(empty)).NearestAsync(Query, 2), Refused("null record"));
    }

    [Test]
    public async Task Results_without_end_are_refused()
    {
        int i = 0;
        var collection = new FaultyCollection { Results = _ => Endless(() => Result("a", 1)) };
        IGallery gallery = await Open(collection);
        Assert.That(async () => await gallery.NearestAsync(Query, 2), Refused("goes on after 1000002 results, though 2 were asked for"));

        collection.Records = _ => Endless(() => Record($"{i++ % 7}"));
        Assert.That(async () => await gallery.CountAsync(), Refused("goes on after"));

        collection.Records = _ => Enumerable.Range(0, 256).Select(id => Record($"{id}"));
        Assert.That(async () => await gallery.CountAsync(), Refused("the same 256 records again"));
    }

    [Test]
    public async Task What_another_writer_pushed_to_the_next_page_is_counted_once()
    {
        var collection = new FaultyCollection { Records = skip => Enumerable.Range(Math.Max(0, skip - 3), 256).Where(id => id < 300).Select(id => Record($"{id}")) };

        Assert.That(await (await Open(collection)).CountAsync(), Is.EqualTo(300));
    }

    [Test]
    public async Task What_was_not_asked_for_is_neither_removed_nor_returned()
    {
        var collection = new FaultyCollection();
        IGallery gallery = await Open(collection);
        collection.Found = [Record("b")];

        Assert.That(async () => await gallery.RemoveAsync(["a"]), Refused("returned the record 'b', which was not asked for"));
        Assert.That(async () => await gallery.AddAsync(new GalleryItem("a", "", Query)), Refused("'b'"));
        Assert.That(async () => await gallery.FindAsync("a"), Refused("returned the record 'b' when 'a' was asked for"));
        Assert.That(collection.Deleted, Is.Empty);

        collection.Found = [Record("a"), Record("a")];
        Assert.That(await gallery.RemoveAsync(["a", "a"]), Is.EqualTo(1));
        Assert.That(collection.Deleted, Is.EqualTo(new[] { "a" }));
        Assert.That(async () => await gallery.RemoveAsync(["a", null!]), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("ids"));
    }

    [Test]
    public async Task Items_that_cannot_be_compared_or_read_are_refused()
    {
        var collection = new FaultyCollection();
        IGallery gallery = await Open(collection);
        GalleryRecord[] records =
        [
            Record("a", embedding: []),
            Record("a", embedding: [1, 2, 3]),
            Record("a", embedding: [1, float.NaN]),
            Record("a", metadata: "null"),
            Record("a", metadata: "{\"side\":null}"),
            Record("a", metadata: "[1]"),
        ];
        foreach (GalleryRecord record in records)
        {
            collection.Found = [record];
            collection.Records = _ => [record];

            Assert.That(async () => await gallery.FindAsync("a"), Refused("'a'"));
            Assert.That(async () => await gallery.ItemsAsync().ToListAsync(), Refused("'a'"));
        }

        // A database may keep nothing for an empty text.
        collection.Found = [Record("a", label: null!, metadata: null!)];
        GalleryItem item = (await gallery.FindAsync("a"))!;
        Assert.That((item.Label, item.Metadata.Count), Is.EqualTo(("", 0)));
    }

    private static async Task<IGallery> Open(FaultyCollection collection)
    {
        (Func<int, IEnumerable<GalleryRecord?>> records, collection.Records) = (collection.Records, _ => []);
        IGallery gallery = await VectorStoreGallery.OpenOrCreateAsync(collection, Plane);
        collection.Records = records;
        return gallery;
    }

    private static VectorSearchResult<GalleryRecord> Result(string id, double? score, string label = "Ada") => new(Record(id, label), score);

    private static GalleryRecord Record(string id, string label = "Ada", EmbeddingSpace? space = null, float[]? embedding = null, string metadata = "") => new()
    {
        Id = id,
        Label = label,
        Space = (space ?? Plane).ToString(),
        Metadata = metadata,
        Embedding = embedding ?? Query,
    };

    private static IEnumerable<T> Endless<T>(Func<T> make)
    {
        while (true)
        {
            yield return make();
        }
    }

    private static IResolveConstraint Refused(string message) =>
        Throws.TypeOf<InvalidDataException>().With.Message.Contains(message);
}
