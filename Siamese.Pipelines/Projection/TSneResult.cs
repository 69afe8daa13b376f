namespace Siamese.Pipelines.Projection;

/// <summary>Rows projected to a plane.</summary>
public sealed class TSneResult
{
    internal TSneResult(float[] coordinates, double kullbackLeiblerDivergence, int iterations)
    {
        Coordinates = coordinates;
        KullbackLeiblerDivergence = kullbackLeiblerDivergence;
        Iterations = iterations;
    }

    /// <summary>Gets the number of points, N.</summary>
    public int Count => Coordinates.Length / 2;

    /// <summary>Gets the points.</summary>
    /// <value>(N, 2) float32 in the order of the rows: x and y of the first, x and y of the second, and so on.</value>
    /// <remarks>Only what is near to what carries meaning. The axes have none, nor have the sizes of gaps between clusters.</remarks>
    public float[] Coordinates { get; }

    /// <summary>Gets the divergence of the points' neighbourhoods from the rows', which the projection made small.</summary>
    /// <value>
    /// Σ p log(p / q) in nats, at least 0 but for rounding; smaller is better. It is that of the points as they are at the end, without
    /// exaggeration, over the pairs of rows one of which is among the nearest neighbours of the other. The normalizer of q, a sum over all
    /// pairs, is computed by the tree at an angle of at most 0.2, which leaves an error of about 1e-5. It compares layouts of the same rows
    /// at the same perplexity.
    /// </value>
    public double KullbackLeiblerDivergence { get; }

    /// <summary>Gets the number of iterations done.</summary>
    public int Iterations { get; }
}
