namespace Siamese.Pipelines.Tests.Projection;

/// <summary>Rows to project.</summary>
internal static class RandomRows
{
    public static float[] Normal(Random random, int count, int dimension) =>
        [.. Enumerable.Range(0, count * dimension).Select(_ => (float)Normal(random))];

    /// <summary>Clusters of unit variance, whose centres are normal with a standard deviation; row i is of cluster i mod clusters.</summary>
    public static float[] Clusters(Random random, int count, int dimension, int clusters, double spread)
    {
        double[] centers = [.. Enumerable.Range(0, clusters * dimension).Select(_ => spread * Normal(random))];
        return [.. Enumerable.Range(0, count * dimension).Select(i => (float)(centers[i % (clusters * dimension)] + Normal(random)))];
    }

    private static double Normal(Random random) => Enumerable.Range(0, 12).Sum(_ => random.NextDouble()) - 6;
}
