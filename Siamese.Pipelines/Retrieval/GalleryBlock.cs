namespace Siamese.Pipelines.Retrieval;

/// <summary>A stretch of a gallery's matrix. Rows are only ever appended: what a snapshot sees of it never changes.</summary>
internal sealed class GalleryBlock(int rows, int dimension)
{
    // Large enough that its overhead is nothing, small enough for a processor's second cache.
    private const int Components = 1 << 18;

    /// <summary>Gets the embeddings: (rows, D) float32.</summary>
    public float[] Embeddings { get; } = GC.AllocateUninitializedArray<float>(rows * dimension);

    public GalleryEntry[] Entries { get; } = new GalleryEntry[rows];

    public ReadOnlyMemory<float> EmbeddingOf(int row) => Embeddings.AsMemory(row * dimension, dimension);

    public static int RowsOf(int dimension) => Math.Max(1, Components / dimension);
}
