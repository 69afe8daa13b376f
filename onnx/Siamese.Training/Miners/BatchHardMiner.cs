namespace Siamese.Training.Miners;

/// <summary>
/// Takes the farthest positive and the nearest negative of every anchor (Hermans et al., In Defense of the Triplet Loss for Person
/// Re-Identification, 2017).
/// </summary>
/// <remarks>
/// One triplet for each image that has a positive and a negative, in the images' order; of equally far images the first. The hardest
/// triplets teach most and mislead most: from a cold start a network may collapse to one point, so begin with
/// <see cref="SemiHardMiner"/>, or use <see cref="Losses.SoftTripletLoss"/> with it.
/// </remarks>
public sealed class BatchHardMiner : TripletMiner
{
    /// <inheritdoc/>
    public override string Description => nameof(BatchHardMiner);

    /// <inheritdoc/>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite: the network has diverged.</exception>
    public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
    {
        var classes = new BatchClasses(distances, labels);
        var anchors = new List<int>(classes.Size);
        var positives = new List<int>(classes.Size);
        var negatives = new List<int>(classes.Size);
        for (int anchor = 0; anchor < classes.Size; anchor++)
        {
            if (classes.CanBeAnchor(anchor))
            {
                ReadOnlySpan<float> row = distances.Slice(anchor * classes.Size, classes.Size);
                anchors.Add(anchor);
                positives.Add(Farthest(row, classes.Class(anchor), anchor));
                negatives.Add(NearestOfOtherClass(row, labels, labels[anchor]));
            }
        }

        return new Triplets([.. anchors], [.. positives], [.. negatives]);
    }

    private static int Farthest(ReadOnlySpan<float> row, ReadOnlySpan<int> members, int anchor)
    {
        int farthest = members[0] == anchor ? members[1] : members[0];
        foreach (int member in members)
        {
            if (member != anchor && row[member] > row[farthest])
            {
                farthest = member;
            }
        }

        return farthest;
    }

    private static int NearestOfOtherClass(ReadOnlySpan<float> row, ReadOnlySpan<int> labels, int label)
    {
        int nearest = 0;
        float distance = float.PositiveInfinity;
        for (int i = 0; i < row.Length; i++)
        {
            if (labels[i] != label && row[i] < distance)
            {
                nearest = i;
                distance = row[i];
            }
        }

        return nearest;
    }
}
