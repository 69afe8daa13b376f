using System.Numerics.Tensors;
using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Miners;

/// <summary>
/// Draws a negative for every anchor and positive, near and far ones equally often (Wu et al., Sampling Matters in Deep Embedding
/// Learning, 2017).
/// </summary>
/// <remarks>
/// <para>
/// On a sphere of many dimensions nearly all points are at right angles, so an evenly drawn negative is nearly always √2 away. Here a
/// negative at distance d is drawn with a weight of 1 / q(max(d, cutoff)), where q(d) = d^(D−2) (1 − d²/4)^((D−3)/2) is the density of
/// the distances of points spread evenly over the unit sphere in D dimensions. The cutoff keeps the few very near, often wrongly
/// labelled, negatives from being drawn always. Negatives at <see cref="NonZeroLossCutoff"/> and farther, which would have no loss,
/// are not drawn, unless an anchor has no other: then one of them is drawn evenly.
/// </para>
/// <para>In order of anchor and positive. It needs Euclidean distances of embeddings of length 1.</para>
/// </remarks>
public sealed class DistanceWeightedMiner : TripletMiner
{
    // A unit vector in float32 is one but for rounding.
    private const float Diameter = 2.001f;

    private readonly int _dimension;

    /// <summary>Initializes a new instance.</summary>
    /// <param name="dimension">The number of components of an embedding, D; at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is less than 2.</exception>
    public DistanceWeightedMiner(int dimension)
    {
        _dimension = Guard.AtLeast(dimension, 2, nameof(dimension));
    }

    /// <summary>Gets the distance below which a nearer negative is no more likely.</summary>
    /// <value>In (0, 2); the default is 0.5, the paper's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 2).</exception>
    public double Cutoff { get; init => field = InsideDiameter(value, nameof(Cutoff)); } = 0.5;

    /// <summary>Gets the distance from which on negatives are left out.</summary>
    /// <value>In (0, 2); the default is 1.4, that of the paper's code.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 2).</exception>
    public double NonZeroLossCutoff { get; init => field = InsideDiameter(value, nameof(NonZeroLossCutoff)); } = 1.4;

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(DistanceWeightedMiner), ("Dimension", _dimension), (nameof(Cutoff), Cutoff), (nameof(NonZeroLossCutoff), NonZeroLossCutoff));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// There are not B × B distances, or one is greater than 2: the embeddings are not of length 1, or the distance is not Euclidean.
    /// </exception>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite: the network has diverged.</exception>
    public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
    {
        var classes = new BatchClasses(distances, labels);
        CheckUnitVectors(distances);
        int size = classes.Size;
        int count = classes.CountPairs();
        var triplets = new Triplets(new int[count], new int[count], new int[count]);
        int[] negatives = new int[size];
        float[] negativeDistances = new float[size];
        float[] weights = new float[size];
        int filled = 0;
        for (int anchor = 0; anchor < size; anchor++)
        {
            if (!classes.CanBeAnchor(anchor))
            {
                continue;
            }

            ReadOnlySpan<float> row = distances.Slice(anchor * size, size);
            Span<int> others = BatchClasses.Negatives(anchor, labels, negatives);
            int near = KeepNear(row, others, negativeDistances);
            Span<float> cumulative = weights.AsSpan(0, near);
            CumulativeWeights(negativeDistances.AsSpan(0, near), cumulative);
            foreach (int positive in classes.Class(anchor))
            {
                if (positive != anchor)
                {
                    triplets.Anchors[filled] = anchor;
                    triplets.Positives[filled] = positive;
                    triplets.Negatives[filled] = near > 0 ? others[Draw(cumulative, random)] : classes.DrawNegative(anchor, random);
                    filled++;
                }
            }
        }

        return triplets;
    }

    /// <summary>Moves the negatives that are near enough to the front.</summary>
    /// <returns>Their number.</returns>
    private int KeepNear(ReadOnlySpan<float> row, Span<int> negatives, Span<float> distances)
    {
        int near = 0;
        foreach (int negative in negatives)
        {
            if (row[negative] < NonZeroLossCutoff)
            {
                negatives[near] = negative;
                distances[near] = row[negative];
                near++;
            }
        }

        return near;
    }

    /// <summary>Sums up the weights of the distances.</summary>
    /// <param name="distances">Below 2; overwritten.</param>
    /// <param name="weights">As many; element i becomes the sum of the weights up to i.</param>
    private void CumulativeWeights(Span<float> distances, Span<float> weights)
    {
        if (distances.IsEmpty)
        {
            return;
        }

        // ln(1/q) = (2 − D) ln d − (D − 3)/2 ln(1 − d²/4). In logarithms, since the density spans hundreds of powers of ten.
        TensorPrimitives.Max(distances, (float)Cutoff, distances);
        TensorPrimitives.Log(distances, weights);
        TensorPrimitives.Multiply(weights, 2f - _dimension, weights);
        TensorPrimitives.Multiply(distances, distances, distances);
        TensorPrimitives.Multiply(distances, -0.25f, distances);
        TensorPrimitives.LogP1(distances, distances);
        TensorPrimitives.MultiplyAdd(distances, (3f - _dimension) / 2f, weights, weights);
        TensorPrimitives.Subtract(weights, TensorPrimitives.Max(weights), weights);
        TensorPrimitives.Exp(weights, weights);
        for (int i = 1; i < weights.Length; i++)
        {
            weights[i] += weights[i - 1];
        }
    }

    private static int Draw(ReadOnlySpan<float> cumulative, Random random)
    {
        float drawn = random.NextSingle() * cumulative[^1];
        int at = 0;
        while (at < cumulative.Length - 1 && cumulative[at] <= drawn)
        {
            at++;
        }

        return at;
    }

    private static void CheckUnitVectors(ReadOnlySpan<float> distances)
    {
        float farthest = distances.IsEmpty ? 0 : TensorPrimitives.Max(distances);
        if (farthest > Diameter)
        {
            throw new ArgumentException(
                $"The batch has a distance of {farthest}, but unit vectors are at most 2 apart. "
                + $"Let the network normalise its embeddings, and use {nameof(Distances.EuclideanDistance)}.",
                nameof(distances));
        }
    }

    private static double InsideDiameter(double value, string name) =>
        value > 0 && value < 2
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}, but must be greater than 0 and less than 2.");
}
