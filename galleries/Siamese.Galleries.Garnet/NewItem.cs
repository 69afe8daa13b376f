using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Garnet;

/// <summary>An item that is about to be written.</summary>
/// <param name="Item">The item.</param>
/// <param name="Embedding">Its embedding, checked, and of length 1 where the distance is the cosine.</param>
/// <param name="Shard">Where it belongs.</param>
/// <param name="Version">The version of its vector.</param>
internal sealed record NewItem(GalleryItem Item, float[] Embedding, int Shard, Guid Version)
{
    public string Id => Item.Id;

    public byte[] Member { get; } = VectorMember.Of(Version, Item.Id);

    public byte[] Stored { get; } = StoredItem.Encode(Version, Item, Embedding);
}
