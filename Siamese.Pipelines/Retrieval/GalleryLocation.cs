namespace Siamese.Pipelines.Retrieval;

/// <summary>Where the row of an id is.</summary>
internal readonly record struct GalleryLocation(GalleryEntry Entry, GalleryBlock Block, int Row)
{
    public ReadOnlyMemory<float> Embedding => Block.EmbeddingOf(Row);
}
