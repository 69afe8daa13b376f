namespace Siamese.Pipelines.Retrieval;

/// <summary>What a gallery held at one moment. It never changes, so that any number of threads search it without a lock.</summary>
internal sealed class GallerySnapshot(GalleryBlock[] blocks, int dimension, int rows, int count, long version)
{
    // Below so many components, to hand the work to other threads takes longer than to do it.
    private const long ComponentsForThreads = 1 << 21;

    private readonly int _blockRows = GalleryBlock.RowsOf(dimension);

    public GalleryBlock[] Blocks => blocks;

    /// <summary>Gets the rows in the blocks, with those that were removed.</summary>
    public int Rows => rows;

    /// <summary>Gets the rows that are not removed.</summary>
    public int Count => count;

    public long Version => version;

    /// <summary>Gives the rows that are not removed, in the order in which they were added.</summary>
    public IEnumerable<GalleryLocation> Live()
    {
        for (int row = 0; row < rows; row++)
        {
            GalleryBlock block = blocks[row / _blockRows];
            int at = row % _blockRows;
            if (block.Entries[at].IsIn(version))
            {
                yield return new GalleryLocation(block.Entries[at], block, at);
            }
        }
    }

    /// <summary>Finds the rows nearest to each query by the Euclidean distance.</summary>
    /// <param name="queries">D components each, as the gallery keeps its own.</param>
    /// <param name="neighbors">How many, at least 1.</param>
    /// <param name="skippedLabels">For each query the label whose rows it does not see; null where all see all.</param>
    /// <param name="filter">The rows that are seen; null for all.</param>
    /// <param name="options">The threads, and from how many rows on codes are scanned.</param>
    /// <param name="cancellation">Stops the search, between two blocks.</param>
    /// <returns>For each query its nearest rows in ascending order of distance and, where that is equal, of age.</returns>
    public NearRow[][] Nearest(
        IReadOnlyList<float[]> queries,
        int neighbors,
        IReadOnlyList<string>? skippedLabels,
        GalleryFilter? filter,
        GalleryOptions options,
        CancellationToken cancellation)
    {
        int used = (rows + _blockRows - 1) / _blockRows;
        int workers = (long)rows * dimension * queries.Count < ComponentsForThreads ? 1 : Math.Min(options.MaxDegreeOfParallelism, Math.Max(1, used));
        int wanted = Math.Min(neighbors, Math.Max(1, count));
        var found = new NearestRows[workers][];
        bool usesCodes = rows >= options.MinRowsOfCodes && CodeKernels.IsSupported;
        var prepared = new PreparedQueries(queries, dimension, usesCodes);
        if (workers == 1)
        {
            Work(0);
        }
        else
        {
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation }, Work);
        }

        var nearest = new NearRow[queries.Count][];
        for (int query = 0; query < nearest.Length; query++)
        {
            NearRow[] merged = [.. found.SelectMany(worker => worker[query].Rows())];
            Array.Sort(merged);
            nearest[query] = merged.Length > wanted ? merged[..wanted] : merged;
        }

        return nearest;

        void Work(int worker)
        {
            var scan = new GalleryScan(prepared, wanted, skippedLabels, filter, version);
            int end = (int)((long)used * (worker + 1) / workers);
            for (int block = (int)((long)used * worker / workers); block < end; block++)
            {
                cancellation.ThrowIfCancellationRequested();
                int first = block * _blockRows;

                // The last block may grow, and has no codes before it is full.
                if (usesCodes && first + _blockRows <= rows)
                {
                    scan.Codes(blocks[block], first, _blockRows);
                }
                else
                {
                    scan.Embeddings(blocks[block], first, 0, Math.Min(_blockRows, rows - first));
                }
            }

            found[worker] = scan.Nearest;
        }
    }
}
