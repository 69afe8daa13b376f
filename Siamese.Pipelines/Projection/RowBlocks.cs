namespace Siamese.Pipelines.Projection;

/// <summary>Shares rows among threads by blocks that do not depend on the number of threads, nor do sums by block.</summary>
internal static class RowBlocks
{
    private const int FewestRows = 64;
    private const int MostBlocks = 64;

    public static int Count(int rows) => Math.Clamp(rows / FewestRows, 1, MostBlocks);

    /// <summary>Gives the first row of a block, and the number of rows for the block after the last.</summary>
    public static int First(int rows, int block) => (int)((long)rows * block / Count(rows));

    /// <summary>Runs an action on each block: its index, its first row, and the row after its last.</summary>
    public static void Run(int rows, ParallelOptions parallel, Action<int, int, int> action) =>
        Parallel.For(0, Count(rows), parallel, block => action(block, First(rows, block), First(rows, block + 1)));
}
