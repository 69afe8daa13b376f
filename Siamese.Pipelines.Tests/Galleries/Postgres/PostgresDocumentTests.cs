using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>Holds docs/postgres.md to its word: its code is that of this file.</summary>
public sealed class PostgresDocumentTests
{
    private static string Document =>
        File.ReadAllText(Path.GetFullPath(Path.Combine(TestData.SampleDigits, "..", "..", "..", "docs", "postgres.md"))).ReplaceLineEndings("\n");

    [Test]
    public async Task Its_program_runs()
    {
        PostgresServer server = await PostgresServer.SharedAsync("siamese");
        string connection = server.ConnectionString;
        var space = new EmbeddingSpace("a network", 2);
        GalleryItem[] faces =
        [
            .. Enumerable.Range(0, 30).Select(i => new GalleryItem($"{i}.jpg", i % 3 == 0 ? "Ada" : "Ben", new float[] { i, 0 })),
        ];
        float[] query = [6.4f, 0];

        await using PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(connection, "faces", space);
        await gallery.UpsertAsync(faces);
        await gallery.BuildIndexAsync();

        IReadOnlyList<Match> nearest = await gallery.NearestAsync(query, count: 3);
        IReadOnlyList<Match> ofAda = await gallery.NearestAsync(query, count: 10, GalleryFilter.OfLabel("Ada"));
        Match? who = await gallery.IdentifyAsync(query, distance: 0.6f);

        Assert.That(nearest.Select(match => match.Id), Is.EqualTo(new[] { "6.jpg", "7.jpg", "5.jpg" }));
        Assert.That(ofAda, Has.Count.EqualTo(10));
        Assert.That(who?.Label, Is.EqualTo("Ada"));
        Assert.That(Document, Does.Contain(
            """
            await using PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(connection, "faces", space);
            await gallery.UpsertAsync(faces);
            await gallery.BuildIndexAsync();

            IReadOnlyList<Match> nearest = await gallery.NearestAsync(query, count: 3);
            IReadOnlyList<Match> ofAda = await gallery.NearestAsync(query, count: 10, GalleryFilter.OfLabel("Ada"));
            Match? who = await gallery.IdentifyAsync(query, distance: 0.6f);
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void It_tells_the_defaults_of_the_options()
    {
        var defaults = new PostgresGalleryOptions();

        Assert.That(Document, Does.Contain($"| `Schema` | `{defaults.Schema}` |"));
        Assert.That(Document, Does.Contain($"| `M` | {defaults.M} |"));
        Assert.That(Document, Does.Contain($"| `EfConstruction` | {defaults.EfConstruction} |"));
        Assert.That(Document, Does.Contain($"| `EfSearch` | {defaults.EfSearch} |"));
        Assert.That((defaults.BuildMegabytes, defaults.Exact), Is.EqualTo(((int?)null, false)));
    }
}
