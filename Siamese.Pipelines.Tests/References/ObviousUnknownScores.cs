namespace Siamese.Pipelines.Tests.References;

/// <summary>The scores of the unknown as their formulas read, one row at a time, in double.</summary>
internal static class ObviousUnknownScores
{
    public static double Gini(float[] p)
    {
        double sum = 0;
        foreach (float a in p)
        {
            foreach (float b in p)
            {
                sum += Math.Abs((double)a - b);
            }
        }

        return sum / (2 * p.Length * p.Sum(value => (double)value));
    }

    public static double Entropy(float[] p) => -p.Sum(value => value > 0 ? value * Math.Log(value) : 0);

    public static double Distance(IEnumerable<float> x, IEnumerable<double> y) =>
        Math.Sqrt(x.Zip(y, (a, b) => (a - b) * (a - b)).Sum());

    public static double[][] Means(float[][] rows, string[] labels) =>
        [.. labels.Distinct().Select(label => Enumerable.Range(0, rows[0].Length)
            .Select(i => rows.Where((_, row) => labels[row] == label).Average(row => (double)row[i])).ToArray())];

    /// <summary>The covariance of rows about the means of their classes, divided by their number.</summary>
    public static double[,] SharedCovariance(float[][] rows, string[] labels)
    {
        int width = rows[0].Length;
        string[] classes = [.. labels.Distinct()];
        double[][] means = Means(rows, labels);
        var covariance = new double[width, width];
        for (int row = 0; row < rows.Length; row++)
        {
            double[] mean = means[Array.IndexOf(classes, labels[row])];
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j < width; j++)
                {
                    covariance[i, j] += (rows[row][i] - mean[i]) * (rows[row][j] - mean[j]) / rows.Length;
                }
            }
        }

        return covariance;
    }

    public static double[,] Shrink(double[,] covariance, double weight)
    {
        int width = covariance.GetLength(0);
        double mean = Enumerable.Range(0, width).Sum(i => covariance[i, i]) / width;
        var shrunk = new double[width, width];
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j < width; j++)
            {
                shrunk[i, j] = ((1 - weight) * covariance[i, j]) + (i == j ? weight * mean : 0);
            }
        }

        return shrunk;
    }

    /// <summary>√((x − y)ᵀ C⁻¹ (x − y)), by Gauss's elimination.</summary>
    public static double Mahalanobis(float[] x, double[] y, double[,] covariance)
    {
        int width = x.Length;
        double[] difference = [.. x.Zip(y, (a, b) => a - b)];
        double[,] matrix = (double[,])covariance.Clone();
        double[] solution = [.. difference];
        for (int pivot = 0; pivot < width; pivot++)
        {
            for (int row = pivot + 1; row < width; row++)
            {
                double factor = matrix[row, pivot] / matrix[pivot, pivot];
                for (int column = pivot; column < width; column++)
                {
                    matrix[row, column] -= factor * matrix[pivot, column];
                }

                solution[row] -= factor * solution[pivot];
            }
        }

        for (int row = width - 1; row >= 0; row--)
        {
            for (int column = row + 1; column < width; column++)
            {
                solution[row] -= matrix[row, column] * solution[column];
            }

            solution[row] /= matrix[row, row];
        }

        return Math.Sqrt(difference.Zip(solution, (a, b) => a * b).Sum());
    }
}
