using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Clustering;

/// <summary>The distance of each pair of n rows, once: n (n − 1) / 2 float32.</summary>
internal sealed class PairDistances
{
    /// <summary>The most rows whose pairs one array holds.</summary>
    public const int GreatestCount = 65_536;

    private readonly float[] _distances;

    private PairDistances(int count, double scale)
    {
        Count = count;
        Scale = scale;
        _distances = new float[(long)count * (count - 1) / 2];
    }

    public int Count { get; }

    /// <summary>Gets the factor of the distances, so that no square overflows or vanishes: a power of two.</summary>
    public double Scale { get; }

    /// <summary>Gets the distance of two different rows.</summary>
    public ref float this[int x, int y] => ref _distances[x > y ? Start(x) + y : Start(y) + x];

    /// <summary>Computes the distances.</summary>
    /// <param name="embeddings">(n, D) float32, finite. They are scaled in place.</param>
    /// <param name="dimension">D.</param>
    /// <param name="options">The linkage, which wants its distances squared where it is Ward's, and the distance.</param>
    /// <exception cref="ArgumentException">A distance is too large for float32.</exception>
    public static PairDistances Of(float[] embeddings, int dimension, ClusteringOptions options)
    {
        bool byCosine = options.Distance == DistanceMetric.Cosine;
        var scale = new EmbeddingScale(options.Distance, EmbeddingScale.GreatestMagnitude(embeddings, dimension, nameof(embeddings)));
        var distances = new PairDistances(embeddings.Length / dimension, byCosine ? 1 : scale.Factor);
        var hasDirection = new bool[distances.Count];
        for (int i = 0; i < hasDirection.Length; i++)
        {
            Span<float> row = embeddings.AsSpan(i * dimension, dimension);
            hasDirection[i] = scale.Apply(row, row);
        }

        int tooFar = -1;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.MaxDegreeOfParallelism, CancellationToken = options.CancellationToken };
        Parallel.For(1, Math.Max(1, distances.Count), parallel, x =>
        {
            Span<float> row = distances._distances.AsSpan((int)Start(x), x);
            for (int y = 0; y < row.Length; y++)
            {
                float distance = TensorPrimitives.Distance(
                    embeddings.AsSpan(x * dimension, dimension), embeddings.AsSpan(y * dimension, dimension));
                row[y] = (options.Linkage, byCosine) switch
                {
                    (Linkage.Ward, _) => distance * distance,
                    (Linkage.Average, true) => hasDirection[x] && hasDirection[y] ? distance * distance / 2 : 1,
                    _ => distance,
                };
            }

            float farthest = TensorPrimitives.Max<float>(row);
            if (!float.IsFinite((float)((options.Linkage == Linkage.Ward ? Math.Sqrt(farthest) : farthest) / distances.Scale)))
            {
                Volatile.Write(ref tooFar, x);
            }
        });
        return tooFar < 0
            ? distances
            : throw new ArgumentException(
                $"Row {tooFar} is so far from another that float32 does not hold the distance. Normalize the embeddings.", nameof(embeddings));
    }

    private static long Start(int row) => (long)row * (row - 1) / 2;
}
