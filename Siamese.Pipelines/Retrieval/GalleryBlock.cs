namespace Siamese.Pipelines.Retrieval;

/// <summary>A stretch of a gallery's matrix. Rows are only ever appended: what a snapshot sees of it never changes.</summary>
internal sealed class GalleryBlock(int rows, int dimension, float[] embeddings)
{
    // Large enough that its overhead is nothing, small enough for a processor's second cache.
    private const int Components = 1 << 18;

    private GalleryCodes? _codes;

    /// <summary>Gets the embeddings: (rows, D) float32.</summary>
    public float[] Embeddings { get; } = embeddings;

    /// <summary>Gets the squared length of each row.</summary>
    public float[] Squares { get; } = GC.AllocateUninitializedArray<float>(rows);

    public GalleryEntry[] Entries { get; } = new GalleryEntry[rows];

    public ReadOnlyMemory<float> EmbeddingOf(int row) => Embeddings.AsMemory(row * dimension, dimension);

    /// <summary>Gives the components of some rows.</summary>
    public ReadOnlySpan<float> From(int row, int count) => Embeddings.AsSpan(row * dimension, count * dimension);

    /// <summary>Gives the codes of a block that is full, made at the first call.</summary>
    public GalleryCodes Codes()
    {
        if (Volatile.Read(ref _codes) is not { } codes)
        {
            // Two threads that come at once make the same.
            codes = new GalleryCodes(Embeddings, dimension);
            Volatile.Write(ref _codes, codes);
        }

        return codes;
    }

    public static int RowsOf(int dimension) => Math.Max(1, Components / dimension);
}
