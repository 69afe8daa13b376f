namespace Siamese.Pipelines.Tests.References;

/// <summary>
/// How far the neighbours in a layout are neighbours among the rows: 1 if all are (Venna and Kaski, Neighborhood preservation in
/// nonlinear projection methods, 2001).
/// </summary>
public static class Trustworthiness
{
    public static double Of(float[] rows, int dimension, float[] layout, int neighbors)
    {
        double[][] distances = DenseTSne.SquaredDistances(rows, dimension);
        double[][] places = DenseTSne.SquaredDistances(layout, 2);
        int count = places.Length;
        double penalty = 0;
        for (int i = 0; i < count; i++)
        {
            int[] ranking = [.. Others(i).OrderBy(j => distances[i][j])];
            penalty += Others(i).OrderBy(j => places[i][j]).Take(neighbors).Sum(j => Math.Max(0, Array.IndexOf(ranking, j) + 1 - neighbors));
        }

        return 1 - (2.0 / ((double)count * neighbors * ((2 * count) - (3 * neighbors) - 1)) * penalty);

        IEnumerable<int> Others(int row) => Enumerable.Range(0, count).Where(j => j != row);
    }
}
