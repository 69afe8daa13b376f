using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>What every gallery keeps to that outlives the process.</summary>
public abstract class KeptGalleryContract : GalleryContract
{
    [Test]
    public async Task A_gallery_that_is_opened_again_holds_what_was_kept()
    {
        await using (IGallery gallery = await OpenOrCreateAsync("kept", Plane))
        {
            await gallery.AddAsync([Item("a", 3, 4, "Ada", ("box", "1")), Item("b", 1, 1, "Ben")]);
            await gallery.RemoveAsync(["b"]);
        }

        await using IGallery again = await OpenOrCreateAsync("kept", Plane);
        Assert.That(await again.CountAsync(), Is.EqualTo(1));
        Assert.That((await again.FindAsync("a"))!.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["box"] = "1" }));
        Assert.That(await again.NearestAsync(new float[] { 0, 0 }, 1), Is.EqualTo(new[] { new Match("a", "Ada", 5) }));
        await again.AddAsync(Item("b", 0, 1, "Ben"));
        Assert.That((await again.NearestAsync(new float[] { 0, 0 }, 2)).Select(match => match.Id), Is.EqualTo(new[] { "b", "a" }));
    }

    [Test]
    public async Task A_gallery_of_other_embeddings_is_refused()
    {
        await using (IGallery gallery = await OpenOrCreateAsync("of-another", Plane))
        {
            await gallery.AddAsync(Item("a", 3, 4));
        }

        foreach (EmbeddingSpace other in new[] { new EmbeddingSpace("another network", 2), new("a network", 3), new("a network", 2, DistanceMetric.Cosine) })
        {
            Assert.That(
                async () => await (await OpenOrCreateAsync("of-another", other)).DisposeAsync(),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("space").And.Message.Contains("'a network'"),
                $"{other}");
        }
    }
}
