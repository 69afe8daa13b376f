using System.Numerics.Tensors;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Computes distances.</summary>
public static class DistanceMetricExtensions
{
    /// <summary>Computes the distance between two embeddings. Smaller is nearer.</summary>
    /// <param name="metric">The distance.</param>
    /// <param name="x">D components, at least 1.</param>
    /// <param name="y">As many components, of the same network.</param>
    /// <returns>At least 0, and at most 2 for the cosine; NaN where a component is not finite.</returns>
    /// <exception cref="ArgumentException">The lengths differ or are zero.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The metric is no member of the enumeration.</exception>
    public static float Between(this DistanceMetric metric, ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        if (x.Length != y.Length || x.IsEmpty)
        {
            throw new ArgumentException(
                $"The embeddings have {x.Length} and {y.Length} components, but those of one network have equally many, and one at least.", nameof(y));
        }

        return metric switch
        {
            DistanceMetric.Euclidean => Euclidean(x, y),
            DistanceMetric.Cosine => Cosine(x, y),
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, $"{metric} is not a distance metric."),
        };
    }

    private static float Euclidean(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        // Outside these bounds squares of float32 may have vanished or overflowed.
        const float Least = 1e-15f;
        const float Greatest = 1e18f;
        float distance = TensorPrimitives.Distance(x, y);
        if (distance is > Least and < Greatest)
        {
            return distance;
        }

        double squares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double difference = (double)x[i] - y[i];
            squares += difference * difference;
        }

        return (float)Math.Sqrt(squares);
    }

    private static float Cosine(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        // In double: squares cannot overflow, and 1 − x·y keeps its digits where the two are near.
        double products = 0;
        double xSquares = 0;
        double ySquares = 0;
        for (int i = 0; i < x.Length; i++)
        {
            products += (double)x[i] * y[i];
            xSquares += (double)x[i] * x[i];
            ySquares += (double)y[i] * y[i];
        }

        double lengths = Math.Sqrt(xSquares) * Math.Sqrt(ySquares);
        return lengths == 0 ? 1 : (float)Math.Clamp(1 - (products / lengths), 0, 2);
    }
}
