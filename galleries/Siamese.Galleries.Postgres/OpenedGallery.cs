namespace Siamese.Galleries.Postgres;

/// <summary>A gallery whose tables are there, and what its server can do.</summary>
/// <param name="Table">The table of its items.</param>
/// <param name="Vector">The version of pgvector.</param>
/// <param name="Copies">Whether the server takes COPY from a client.</param>
/// <param name="IsIndexed">Whether there is an index of nearest neighbors.</param>
internal sealed record OpenedGallery(GalleryTable Table, Version Vector, bool Copies, bool IsIndexed)
{
    private static readonly Version WithHnsw = new(0, 5);
    private static readonly Version WithHalfVectors = new(0, 7);
    private static readonly Version WithIterativeScans = new(0, 8);

    /// <summary>Gets the version of pgvector that an index of this gallery needs.</summary>
    public Version NeededForIndex => Table.IsIndexedHalf ? WithHalfVectors : WithHnsw;

    /// <summary>Gets whether a search of an index goes on where a filter left too few of its candidates.</summary>
    public bool Iterates => Vector >= WithIterativeScans;
}
