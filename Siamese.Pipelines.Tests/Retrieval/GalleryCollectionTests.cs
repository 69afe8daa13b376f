using System.Linq.Expressions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class GalleryCollectionTests
{
    private static readonly string Own = new EmbeddingSpace("a network", 2).ToString();
    private static readonly string[] Some = ["Ada", "Cleo"];

    // What a program may write, which LINQ over a list understands as well.
    private static readonly Expression<Func<GalleryRecord, bool>>[] Filters =
    [
        record => record.Label == "Ada",
        record => "Ben" == record.Label,
        record => Some.Contains(record.Label),
        record => record.Label == "Ada" || record.Label == "Ben",
        record => record.Space == Own && record.Label == "Cleo",
        record => record.Space == "another",
        record => record.Space != "another" && Some.Contains(record.Label) && record.Label == "Ada",
        record => record.Label == "Ada" && record.Label == "Ben",
        record => true,
    ];

    private readonly Gallery _gallery = Gallery.InMemory(new EmbeddingSpace("a network", 2));
    private readonly List<GalleryRecord> _records = [];
    private GalleryCollection _collection = null!;

    [OneTimeSetUp]
    public async Task Fill()
    {
        _collection = new GalleryCollection(_gallery, "faces");
        string[] names = ["Ada", "Ben", "Cleo"];
        _records.AddRange(Enumerable.Range(0, 30).Select(i => new GalleryRecord
        {
            Id = $"{i:00}",
            Label = names[i % 3],
            Space = Own,
            Metadata = i % 2 == 0 ? "{\"side\":\"left\"}" : "",
            Embedding = new float[] { i, 1 },
        }));
        await _collection.UpsertAsync(_records);
    }

    [OneTimeTearDown]
    public void Dispose()
    {
        _collection.Dispose();
        _gallery.Dispose();
    }

    [TestCaseSource(nameof(Filters))]
    public async Task Filters_give_what_LINQ_over_a_list_gives(Expression<Func<GalleryRecord, bool>> filter)
    {
        string[] expected = [.. _records.Where(filter.Compile()).Select(record => record.Id)];

        string[] got = [.. (await _collection.GetAsync(filter, 100, new() { OrderBy = order => order.Ascending(record => record.Id) }).ToListAsync()).Select(record => record.Id)];
        string[] page = [.. (await _collection.GetAsync(filter, 3, new() { Skip = 2 }).ToListAsync()).Select(record => record.Id)];
        string[] found = [.. (await _collection.SearchAsync(new float[] { -1, 1 }, 100, new() { Filter = filter }).ToListAsync()).Select(result => result.Record.Id)];

        Assert.That(got, Is.EqualTo(expected));
        Assert.That(page, Is.EqualTo(expected.Skip(2).Take(3)));
        Assert.That(found, Is.EqualTo(expected), "they lie in the order of their ids");
    }

    [Test]
    public async Task Search_gives_distances_up_to_a_threshold_page_by_page_with_vectors_if_asked()
    {
        List<VectorSearchResult<GalleryRecord>> near = await _collection
            .SearchAsync(new ReadOnlyMemory<float>([10, 1]), 4, new() { Skip = 1, ScoreThreshold = 1.5, IncludeVectors = true }).ToListAsync();

        Assert.That(near.Select(result => (result.Record.Id, result.Score)), Is.EqualTo(new (string, double?)[] { ("09", 1), ("11", 1) }));
        Assert.That(near[0].Record.Embedding.ToArray(), Is.EqualTo(new[] { 9f, 1 }));
        Assert.That(near[0].Record.Metadata, Is.Empty);
        VectorSearchResult<GalleryRecord> first = await _collection.SearchAsync(new Embedding<float>(new float[] { 10, 1 }), 1).FirstAsync();
        Assert.That((first.Record.Embedding.Length, first.Record.Metadata), Is.EqualTo((0, "{\"side\":\"left\"}")));
    }

    [Test]
    public async Task Records_are_read_and_deleted_by_their_keys()
    {
        await _collection.UpsertAsync(new GalleryRecord { Id = "x", Label = "Zoe", Embedding = new float[] { 500, 500 } });

        Assert.That((await _collection.GetAsync("x", new() { IncludeVectors = true }))!.Embedding.ToArray(), Is.EqualTo(new[] { 500f, 500 }));
        Assert.That((await _collection.GetAsync("x"))!.Space, Is.EqualTo(Own));
        await _collection.DeleteAsync("x");
        Assert.That(await _collection.GetAsync("x"), Is.Null);
        Assert.That(await _collection.CollectionExistsAsync(), Is.True);
        Assert.That(((VectorStoreCollectionMetadata)_collection.GetService(typeof(VectorStoreCollectionMetadata))!).CollectionName, Is.EqualTo("faces"));
        Assert.That(_collection.GetService(typeof(IGallery)), Is.SameAs(_gallery));
    }

    [Test]
    public void What_a_gallery_cannot_do_is_refused_by_name()
    {
        Assert.That(
            async () => await _collection.GetAsync(record => record.Metadata == "x", 1).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("record.Metadata").And.Message.Contains("record.Label =="));
        Assert.That(
            async () => await _collection.GetAsync(record => record.Label.StartsWith('A'), 1).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("StartsWith"));
        Assert.That(
            async () => await _collection.GetAsync(record => record.Label == record.Id, 1).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("compares record with itself"));
        Assert.That(
            async () => await _collection.GetAsync(record => true, 1, new() { OrderBy = order => order.Descending(record => record.Label) }).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("Label"));
        Assert.That(
            async () => await _collection.SearchAsync("a text", 1).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("String"));
        Assert.That(
            async () => await _collection.SearchAsync(new DataContent(new byte[] { 1 }, "image/png"), 1).ToListAsync(),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("no generator"));
        Assert.That(
            async () => await _collection.UpsertAsync(new GalleryRecord { Id = "y", Space = "another", Embedding = new float[] { 1, 2 } }),
            Throws.ArgumentException.With.Message.Contains("of another, but"));
        Assert.That(
            async () => await VectorStoreGallery.OpenOrCreateAsync(_collection, _gallery.Space, DistanceFunction.ManhattanDistance),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("distanceFunction").And.Message.Contains("EuclideanDistance"));
    }

    [Test]
    public void A_definition_says_dimension_and_distance()
    {
        VectorStoreCollectionDefinition definition = GalleryRecord.Define(new EmbeddingSpace("n", 7, DistanceMetric.Cosine));

        VectorStoreVectorProperty vector = definition.Properties.OfType<VectorStoreVectorProperty>().Single();
        Assert.That((vector.Name, vector.Dimensions, vector.DistanceFunction), Is.EqualTo(("Embedding", 7, DistanceFunction.CosineDistance)));
        Assert.That(definition.Properties.OfType<VectorStoreKeyProperty>().Single().Name, Is.EqualTo("Id"));
    }
}
