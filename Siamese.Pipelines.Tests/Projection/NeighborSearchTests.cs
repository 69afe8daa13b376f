using Siamese.Pipelines.Projection;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class NeighborSearchTests
{
    // Percent, of a sum of up to 600 squares in float32.
    private const double Rounding = 2e-4;

    // Sizes about those of tiles (64 rows) and stretches (256 components).
    [TestCase(5, 1, 3)]
    [TestCase(64, 3, 20)]
    [TestCase(65, 10, 64)]
    [TestCase(200, 17, 91)]
    [TestCase(129, 255, 12)]
    [TestCase(130, 257, 12)]
    [TestCase(300, 600, 40)]
    [TestCase(900, 2, 31)]
    public void Find_agrees_with_sorting_all_others(int count, int dimension, int neighbors)
    {
        float[] rows = RandomRows.Normal(new Random(count), count, dimension);

        AssertNearest(rows, dimension, neighbors);
    }

    [Test]
    public void Find_leaves_out_nothing_that_is_near_among_far_clusters([Range(1, 5)] int seed)
    {
        // Far apart, so that the search of a tile ends early.
        float[] rows = RandomRows.Clusters(new Random(seed), 1200, 4, clusters: 9, spread: 200);

        AssertNearest(rows, 4, neighbors: 40);
    }

    [Test]
    public void Find_tells_near_rows_apart_however_far_from_the_origin_they_are()
    {
        // ‖x‖² + ‖y‖² − 2 x·y in float32 would be off by 1e5 here.
        float[] rows = [.. RandomRows.Normal(new Random(1), 200, 8).Select(x => 1_000_000 + MathF.Round(x * 16))];

        AssertNearest(rows, 8, neighbors: 10);
    }

    [Test]
    public void Find_takes_equal_rows_for_others()
    {
        float[] rows = [.. Enumerable.Repeat(new float[] { 1, 2 }, 100).Concat(Enumerable.Repeat(new float[] { 7, 2 }, 30)).SelectMany(row => row)];

        AssertNearest(rows, 2, neighbors: 50);
    }

    [Test]
    public void Find_gives_the_same_on_any_number_of_threads()
    {
        float[] rows = RandomRows.Clusters(new Random(1), 700, 6, clusters: 4, spread: 5);

        NeighborLists one = Find(rows, 6, 30, threads: 1, out _);
        NeighborLists three = Find(rows, 6, 30, threads: 3, out _);

        Assert.That(three.Indices, Is.EqualTo(one.Indices));
        Assert.That(three.SquaredDistances, Is.EqualTo(one.SquaredDistances));
    }

    [Test]
    public void Order_has_each_row_once_and_neighbours_together()
    {
        // On a line of 40 tiles each tile is an interval, so that no two overlap.
        float[] rows = [.. Enumerable.Range(0, 2560).Select(i => (float)(i * 7919 % 2560))];

        int[] order = RowOrder.Of(rows, 1, default);

        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, rows.Length)));
        Assert.That(order.Chunk(RowOrder.RowsOfTile).Select(tile => tile.Max(i => rows[i]) - tile.Min(i => rows[i])), Is.All.EqualTo(RowOrder.RowsOfTile - 1));
    }

    private static void AssertNearest(float[] rows, int dimension, int neighbors)
    {
        NeighborLists lists = Find(rows, dimension, neighbors, threads: 2, out int[] order);

        double[][] distances = DenseTSne.SquaredDistances(rows, dimension);
        for (int place = 0; place < order.Length; place++)
        {
            int row = order[place];
            double[] expected = [.. distances[row].Where((_, other) => other != row).Order().Take(neighbors)];
            Range range = (place * neighbors)..((place + 1) * neighbors);
            int[] found = [.. lists.Indices[range].Select(other => order[other])];
            float[] squares = lists.SquaredDistances[range];

            // Rows that are as near but for rounding may change places.
            Assert.That(squares, Is.EqualTo(expected).Within(Rounding).Percent, $"row {row}");
            Assert.That(found.Select(other => distances[row][other]), Is.EqualTo(expected).Within(Rounding).Percent, $"row {row}");
            Assert.That(found, Is.Unique.And.None.EqualTo(row), $"row {row}");
        }
    }

    private static NeighborLists Find(float[] rows, int dimension, int neighbors, int threads, out int[] order)
    {
        order = RowOrder.Of(rows, dimension, default);
        return NeighborSearch.Find(rows, dimension, order, neighbors, new ParallelOptions { MaxDegreeOfParallelism = threads });
    }
}
