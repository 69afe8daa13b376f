using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Miners;

/// <summary>Draws triplets at random, whatever their distances.</summary>
/// <remarks>
/// Each triplet is an anchor drawn from those that have both a positive and a negative in the batch, then a positive and a negative of
/// it, each evenly and independently of the other triplets: the same one may be drawn twice. Once a network has learned the easy
/// triplets, most of what is drawn teaches nothing more.
/// </remarks>
public sealed class RandomTripletMiner : TripletMiner
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="count">The triplets to draw of each batch; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public RandomTripletMiner(int count)
    {
        Count = Guard.AtLeast(count, 1, nameof(count));
    }

    /// <summary>Gets the triplets that are drawn of each batch.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(RandomTripletMiner), (nameof(Count), Count));

    /// <inheritdoc/>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite: the network has diverged.</exception>
    public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
    {
        var classes = new BatchClasses(distances, labels);
        int[] candidates = Enumerable.Range(0, classes.Size).Where(classes.CanBeAnchor).ToArray();
        int count = candidates.Length > 0 ? Count : 0;
        var triplets = new Triplets(new int[count], new int[count], new int[count]);
        for (int i = 0; i < count; i++)
        {
            int anchor = candidates[random.Next(candidates.Length)];
            triplets.Anchors[i] = anchor;
            triplets.Positives[i] = classes.DrawPositive(anchor, random);
            triplets.Negatives[i] = classes.DrawNegative(anchor, random);
        }

        return triplets;
    }
}
