using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Clustering;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Clustering;

public sealed class AgglomerativeClusteringTests
{
    // Distances of order 1 to 10 that are sums of a few in float32, over tens of merges.
    private const double Rounding = 1e-4;

    // Python 3, SciPy 1.10.1:
    //   i = np.arange(12); X = np.stack([(i*37%29)/4, (i*i*11%23)/4, (i*53%31)/8], 1)
    //   Z = linkage(X, 'ward'); fcluster(Z, 2, 'maxclust'), fcluster(Z, 4, 'maxclust'), fcluster(Z, 4.0, 'distance'); the same of 'average'
    [Test]
    public void Ward_is_that_of_SciPy() => AssertMerges(
        AgglomerativeClustering.Cluster(TwelveRows(), 3),
        [
            (1, 8, 0.9100137361600648, 2), (2, 9, 1.125, 2), (4, 11, 1.352081728298996, 2), (3, 6, 1.4361406616345072, 2),
            (5, 13, 1.5827849927685482, 3), (12, 14, 2.5980762113533156, 4), (10, 16, 3.072475250781797, 4), (7, 15, 3.98172910513343, 3),
            (0, 17, 6.19122362703852, 5), (18, 19, 6.765002067715168, 7), (20, 21, 9.608067201947685, 12),
        ]);

    [Test]
    public void Average_linkage_is_that_of_SciPy() => AssertMerges(
        AgglomerativeClustering.Cluster(TwelveRows(), 3, new() { Linkage = Linkage.Average }),
        [
            (1, 8, 0.9100137361600648, 2), (2, 9, 1.125, 2), (4, 12, 1.3424166008310805, 3), (3, 6, 1.4361406616345072, 2),
            (5, 13, 1.4776892931595527, 3), (11, 14, 2.0808820551245444, 4), (10, 16, 2.5696244185488473, 4), (7, 15, 3.520771384670848, 3),
            (17, 18, 3.6518197421727137, 8), (19, 20, 4.848680210143834, 11), (0, 21, 5.963981778694277, 12),
        ]);

    [Test]
    public void Rows_very_small_or_very_large_are_clustered_as_others_are([Values(-80, -120, 70, 120)] int exponent, [Values] Linkage linkage)
    {
        // A power of two rounds nothing.
        float scale = MathF.ScaleB(1, exponent);
        Dendrogram expected = AgglomerativeClustering.Cluster(TwelveRows(), 3, new() { Linkage = linkage });

        Dendrogram scaled = AgglomerativeClustering.Cluster(Array.ConvertAll(TwelveRows(), value => value * scale), 3, new() { Linkage = linkage });

        Assert.That(scaled.CutByCount(4), Is.EqualTo(expected.CutByCount(4)));
        Assert.That(scaled.Merges.Select(merge => merge.Distance / scale), Is.EqualTo(expected.Merges.Select(merge => merge.Distance)));
    }

    // Those of fcluster, numbered in the order of the first rows.
    [TestCase(Linkage.Ward, 2, new[] { 0, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1, 0 })]
    [TestCase(Linkage.Ward, 4, new[] { 0, 1, 2, 3, 1, 2, 3, 3, 1, 2, 2, 1 })]
    [TestCase(Linkage.Average, 2, new[] { 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 })]
    [TestCase(Linkage.Average, 4, new[] { 0, 1, 2, 3, 1, 2, 3, 3, 1, 2, 2, 1 })]
    public void CutByCount_is_that_of_SciPy(Linkage linkage, int count, int[] expected) =>
        Assert.That(AgglomerativeClustering.Cluster(TwelveRows(), 3, new() { Linkage = linkage }).CutByCount(count), Is.EqualTo(expected));

    [TestCase(Linkage.Ward, new[] { 0, 1, 2, 3, 1, 2, 3, 3, 1, 2, 2, 1 })]
    [TestCase(Linkage.Average, new[] { 0, 1, 1, 2, 1, 1, 2, 2, 1, 1, 1, 1 })]
    public void CutByDistance_is_that_of_SciPy(Linkage linkage, int[] expected) =>
        Assert.That(AgglomerativeClustering.Cluster(TwelveRows(), 3, new() { Linkage = linkage }).CutByDistance(4), Is.EqualTo(expected));

    [Test]
    public void Merges_are_those_of_looking_through_all_pairs_each_time(
        [Range(1, 10)] int seed, [Values] Linkage linkage, [Values] DistanceMetric metric)
    {
        var random = new Random(seed);
        int dimension = random.Next(2, 6);
        double[][] rows = [.. Enumerable.Range(0, random.Next(2, 30))
            .Select(_ => Enumerable.Range(0, dimension).Select(_ => (double)(float)((2 * random.NextDouble()) - 1)).ToArray())];
        Dendrogram dendrogram = AgglomerativeClustering.Cluster(
            [.. rows.SelectMany(row => row).Select(value => (float)value)],
            dimension,
            new() { Linkage = linkage, Distance = metric, MaxDegreeOfParallelism = 2 });

        double[][] compared = metric == DistanceMetric.Cosine ? [.. rows.Select(Unit)] : rows;
        Func<double[], double[], double> distance = metric == DistanceMetric.Cosine
            ? (x, y) => 1 - x.Zip(y, (a, b) => a * b).Sum()
            : GreedyClustering.Euclidean;
        AssertMerges(dendrogram, GreedyClustering.Cluster(compared, linkage, distance));
    }

    // On a grid almost all distances are equal, and rounding breaks the ties at random.
    [Test]
    public void Equal_distances_and_equal_rows_give_a_tree_that_never_falls([Values] Linkage linkage)
    {
        float[] grid = [.. Enumerable.Range(0, 400).SelectMany(i => new float[] { i % 10 * 0.1f, i / 10 % 10 * 0.1f })];

        Dendrogram dendrogram = AgglomerativeClustering.Cluster(grid, 2, new() { Linkage = linkage });

        Assert.That(dendrogram.Merges, Has.Count.EqualTo(399));
        Assert.That(dendrogram.Merges.Select(merge => merge.Distance), Is.Ordered);
        Assert.That(dendrogram.Merges[299].Distance, Is.Zero);
        Assert.That(dendrogram.Merges[300].Distance, Is.GreaterThan(0.05));
        Assert.That(dendrogram.Merges[^1].Size, Is.EqualTo(400));
        Assert.That(dendrogram.Merges.SelectMany(merge => new[] { merge.First, merge.Second }), Is.EquivalentTo(Enumerable.Range(0, 798)));
        for (int i = 0; i < dendrogram.Merges.Count; i++)
        {
            Assert.That(dendrogram.Merges[i].First, Is.LessThan(dendrogram.Merges[i].Second));
            Assert.That(dendrogram.Merges[i].Second, Is.LessThan(400 + i));
        }

        Assert.That(dendrogram.CutByDistance(0).Distinct().Count(), Is.EqualTo(100));
    }

    [Test]
    public void Heaps_apart_are_found_again()
    {
        var random = new Random(3);
        int[] labels = [.. Enumerable.Range(0, 300).Select(_ => random.Next(6))];
        Row[] rows = [.. labels.Select(label => new Row { Embedding = [label + (0.1f * random.NextSingle()), label * label, random.NextSingle()] })];
        IDataView view = new MLContext(seed: 1).Data.LoadFromEnumerable(rows, SchemaDefinition.Create(typeof(Row)).WithLength(3));

        Dendrogram dendrogram = new MLContext(seed: 1).MetricLearning.Cluster(view, options: new() { Linkage = Linkage.Average });

        Assert.That(ClusteringAgreement.Compare(labels, dendrogram.CutByCount(6)).AdjustedRandIndex, Is.EqualTo(1));
        Assert.That(dendrogram.CutByDistance(float.PositiveInfinity), Is.All.Zero);
        Assert.That(dendrogram.CutByCount(300), Is.EqualTo(Enumerable.Range(0, 300)));
    }

    [Test]
    public void LeafOrder_keeps_clusters_together()
    {
        Dendrogram dendrogram = AgglomerativeClustering.Cluster([0, 10, 1, 11, 2.5f], 1);

        Assert.That(dendrogram.LeafOrder(), Is.EqualTo(new[] { 1, 3, 4, 0, 2 }));
        Assert.That(dendrogram.ToString(), Does.StartWith("5 rows, the last merge at "));
    }

    [Test]
    public void One_row_is_one_cluster()
    {
        Dendrogram dendrogram = AgglomerativeClustering.Cluster([1, 2], 2);

        Assert.That(dendrogram.Merges, Is.Empty);
        Assert.That(dendrogram.CutByCount(1), Is.EqualTo(new[] { 0 }));
        Assert.That(dendrogram.CutByDistance(0), Is.EqualTo(new[] { 0 }));
        Assert.That(dendrogram.LeafOrder(), Is.EqualTo(new[] { 0 }));
    }

    [Test]
    public void A_zero_vector_is_at_a_right_angle_to_all() => AssertMerges(
        AgglomerativeClustering.Cluster([1, 0, 0, 0, 2, 0], 2, new() { Linkage = Linkage.Average, Distance = DistanceMetric.Cosine }),
        [(0, 2, 0, 2), (1, 3, 1, 3)]);

    [Test]
    public void What_cannot_be_clustered_is_refused()
    {
        Assert.That(
            () => AgglomerativeClustering.Cluster([], 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddings").And.Message.Contains("0 components"));
        Assert.That(() => AgglomerativeClustering.Cluster([1, 2, 3], 2), Throws.ArgumentException.With.Message.Contains("whole rows of 2"));
        Assert.That(() => AgglomerativeClustering.Cluster(new float[65_537], 1), Throws.ArgumentException.With.Message.Contains("65536"));
        Assert.That(() => AgglomerativeClustering.Cluster([1, 2, 3, float.NaN], 2), Throws.ArgumentException.With.Message.Contains("Row 1"));
        Assert.That(() => AgglomerativeClustering.Cluster([3e38f, -3e38f], 1), Throws.ArgumentException.With.Message.Contains("float32"));
        Assert.That(
            () => AgglomerativeClustering.Cluster([1, 2], 1).CutByCount(3),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("clusters"));
        Assert.That(
            () => AgglomerativeClustering.Cluster([1, 2], 1).CutByDistance(float.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => AgglomerativeClustering.Cluster([1, 2], 1, new() { CancellationToken = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    [Explicit("Takes 200 MB and seconds.")]
    [Category("Slow")]
    public void Ten_thousand_rows_are_clustered()
    {
        var random = new Random(1);
        float[] rows = [.. Enumerable.Range(0, 10_000 * 128).Select(_ => random.NextSingle())];
        var watch = System.Diagnostics.Stopwatch.StartNew();

        Dendrogram dendrogram = AgglomerativeClustering.Cluster(rows, 128);

        TestContext.Out.WriteLine($"{watch.Elapsed.TotalSeconds:F2} s, the last merge at {dendrogram.Merges[^1].Distance}");
        Assert.That(dendrogram.Merges[^1].Size, Is.EqualTo(10_000));
    }

    private static float[] TwelveRows() =>
        [.. Enumerable.Range(0, 12).SelectMany(i => new[] { i * 37 % 29 / 4f, i * i * 11 % 23 / 4f, i * 53 % 31 / 8f })];

    private static double[] Unit(double[] row)
    {
        double length = Math.Sqrt(row.Sum(value => value * value));
        return [.. row.Select(value => value / length)];
    }

    private static void AssertMerges(Dendrogram dendrogram, IReadOnlyList<(int First, int Second, double Distance, int Size)> expected)
    {
        Assert.That(
            dendrogram.Merges.Select(merge => (merge.First, merge.Second, merge.Size)),
            Is.EqualTo(expected.Select(merge => (merge.First, merge.Second, merge.Size))));
        Assert.That(
            dendrogram.Merges.Select(merge => (double)merge.Distance), Is.EqualTo(expected.Select(merge => merge.Distance)).Within(Rounding));
    }

    private sealed class Row
    {
        public float[] Embedding { get; set; } = [];
    }
}
