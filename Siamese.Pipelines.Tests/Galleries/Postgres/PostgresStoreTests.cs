using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Stores;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>Galleries in PostgreSQL as a command line names them.</summary>
public sealed class PostgresStoreTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);

    [Test]
    public async Task An_address_opens_the_gallery_that_it_names()
    {
        PostgresServer server = await PostgresServer.SharedAsync("siamese");
        await using (IGallery gallery = await GalleryStore.OpenOrCreateAsync(server.Address("a & b"), Plane))
        {
            await gallery.AddAsync(new GalleryItem("a", "Ada", new float[] { 1, 2 }));
        }

        await using (IGallery again = await GalleryStore.OpenOrCreateAsync(server.Address("a & b"), Plane))
        {
            Assert.That(await again.CountAsync(), Is.EqualTo(1));
        }

        await using IGallery other = await GalleryStore.OpenOrCreateAsync(server.Address("b"), Plane);
        Assert.That(await other.CountAsync(), Is.Zero);
    }

    [Test]
    public void An_address_that_cannot_be_read_is_refused_without_its_password()
    {
        foreach ((string store, string said) in new[]
        {
            ("postgres://ada:secret@", "Write it as postgres://"),
            ("postgres://ada:secret@localhost/photos?colour=red", "'colour'"),
        })
        {
            Assert.That(
                async () => await GalleryStore.OpenOrCreateAsync(store, Plane),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("store").And.Message.Contains(said).And.Message.Not.Contains("secret"));
        }
    }

    [Test]
    public void A_server_that_is_not_there_is_named()
    {
        Assert.That(
            async () => await GalleryStore.OpenOrCreateAsync("postgres://ada:se%63ret@127.0.0.1:1/photos?gallery=holidays", Plane),
            Throws.InstanceOf<IOException>().With.Message.Contains("'holidays'").And.Message.Contains("127.0.0.1:1/photos"));
    }
}
