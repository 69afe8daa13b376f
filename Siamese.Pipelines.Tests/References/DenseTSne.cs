namespace Siamese.Pipelines.Tests.References;

/// <summary>t-SNE by its definitions, over all pairs (van der Maaten and Hinton, 2008; neighbours alone have probabilities, 2014).</summary>
public static class DenseTSne
{
    public static double[][] SquaredDistances(float[] rows, int dimension)
    {
        float[][] points = [.. rows.Chunk(dimension)];
        return [.. points.Select(x => points.Select(y => x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum()).ToArray())];
    }

    /// <summary>The joint probabilities of rows, each with its nearest others.</summary>
    public static double[,] JointProbabilities(float[] rows, int dimension, double perplexity, int neighbors)
    {
        double[][] distances = SquaredDistances(rows, dimension);
        int count = distances.Length;
        var joint = new double[count, count];
        for (int i = 0; i < count; i++)
        {
            int[] nearest = [.. Enumerable.Range(0, count).Where(j => j != i).OrderBy(j => distances[i][j]).ThenBy(j => j).Take(neighbors)];
            double[] conditional = Conditional([.. nearest.Select(j => distances[i][j])], perplexity);
            for (int n = 0; n < neighbors; n++)
            {
                joint[i, nearest[n]] += conditional[n] / (2 * count);
                joint[nearest[n], i] += conditional[n] / (2 * count);
            }
        }

        return joint;
    }

    public static double Entropy(IEnumerable<double> probabilities) => -probabilities.Where(p => p > 0).Sum(p => p * Math.Log(p));

    public static double Divergence(double[,] joint, double[] layout)
    {
        double[,] weights = Weights(layout, out double normalizer);
        double sum = 0;
        for (int i = 0; i < joint.GetLength(0); i++)
        {
            for (int j = 0; j < joint.GetLength(0); j++)
            {
                sum += joint[i, j] > 0 ? joint[i, j] * Math.Log(joint[i, j] / (weights[i, j] / normalizer)) : 0;
            }
        }

        return sum;
    }

    /// <summary>4 Σ (p − q) (yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²).</summary>
    public static double[] Gradient(double[,] joint, double[] layout)
    {
        double[,] weights = Weights(layout, out double normalizer);
        var gradient = new double[layout.Length];
        for (int i = 0; i < joint.GetLength(0); i++)
        {
            for (int j = 0; j < joint.GetLength(0); j++)
            {
                double force = 4 * (joint[i, j] - (weights[i, j] / normalizer)) * weights[i, j];
                gradient[2 * i] += force * (layout[2 * i] - layout[2 * j]);
                gradient[(2 * i) + 1] += force * (layout[(2 * i) + 1] - layout[(2 * j) + 1]);
            }
        }

        return gradient;
    }

    private static double[] Conditional(double[] distances, double perplexity)
    {
        double low = 0;
        double high = 1;
        while (Perplexity(high) > perplexity && high < 1e30)
        {
            high *= 2;
        }

        for (int step = 0; step < 200; step++)
        {
            double middle = (low + high) / 2;
            (low, high) = Perplexity(middle) > perplexity ? (middle, high) : (low, middle);
        }

        return At(high);

        double Perplexity(double beta) => Math.Exp(Entropy(At(beta)));

        double[] At(double beta)
        {
            double[] weights = [.. distances.Select(d => Math.Exp(-beta * (d - distances.Min())))];
            return [.. weights.Select(weight => weight / weights.Sum())];
        }
    }

    private static double[,] Weights(double[] layout, out double normalizer)
    {
        int count = layout.Length / 2;
        var weights = new double[count, count];
        normalizer = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
            {
                double x = layout[2 * i] - layout[2 * j];
                double y = layout[(2 * i) + 1] - layout[(2 * j) + 1];
                weights[i, j] = i == j ? 0 : 1 / (1 + (x * x) + (y * y));
                normalizer += weights[i, j];
            }
        }

        return weights;
    }
}
