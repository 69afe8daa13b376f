using Siamese.Pipelines.Clustering;

namespace Siamese.Pipelines.Tests.References;

/// <summary>Clusters by computing the linkage of all pairs of clusters from their members before each merge, in double precision.</summary>
internal static class GreedyClustering
{
    public static List<(int First, int Second, double Distance, int Size)> Cluster(
        double[][] rows, Linkage linkage, Func<double[], double[], double> distance)
    {
        List<(int Number, double[][] Members)> clusters = [.. rows.Select((row, i) => (i, new[] { row }))];
        List<(int, int, double, int)> merges = [];
        while (clusters.Count > 1)
        {
            var nearest = (
                from a in clusters
                from b in clusters
                where a.Number < b.Number
                let apart = linkage == Linkage.Ward
                    ? Ward(a.Members, b.Members)
                    : (from x in a.Members from y in b.Members select distance(x, y)).Average()
                orderby apart
                select (A: a, B: b, Distance: apart)).First();
            clusters.Remove(nearest.A);
            clusters.Remove(nearest.B);
            double[][] together = [.. nearest.A.Members, .. nearest.B.Members];
            clusters.Add((rows.Length + merges.Count, together));
            merges.Add((nearest.A.Number, nearest.B.Number, nearest.Distance, together.Length));
        }

        return merges;
    }

    public static double Euclidean(double[] x, double[] y) => Math.Sqrt(x.Zip(y, (a, b) => (a - b) * (a - b)).Sum());

    private static double Ward(double[][] a, double[][] b) =>
        Math.Sqrt(2.0 * a.Length * b.Length / (a.Length + b.Length)) * Euclidean(Mean(a), Mean(b));

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(i => rows.Average(row => row[i]))];
}
