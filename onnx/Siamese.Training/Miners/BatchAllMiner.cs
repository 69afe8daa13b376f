namespace Siamese.Training.Miners;

/// <summary>Takes every triplet of a batch (Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017).</summary>
/// <remarks>
/// A batch of P classes of K images has P K (K − 1) (P − 1) K triplets: 345,600 for 10 classes of 16. Most soon have no loss, so
/// average them with <see cref="Reducers.NonZeroMeanReducer"/>, as the paper does. In order of anchor, positive and negative.
/// </remarks>
public sealed class BatchAllMiner : TripletMiner
{
    /// <inheritdoc/>
    public override string Description => nameof(BatchAllMiner);

    /// <inheritdoc/>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite: the network has diverged.</exception>
    public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
    {
        var classes = new BatchClasses(distances, labels);
        long count = 0;
        for (int anchor = 0; anchor < classes.Size; anchor++)
        {
            int members = classes.Class(anchor).Length;
            count += (long)(members - 1) * (classes.Size - members);
        }

        int[] anchors = new int[count];
        int[] positives = new int[count];
        int[] negatives = new int[count];
        int[] negativesOfAnchor = new int[classes.Size];
        int filled = 0;
        for (int anchor = 0; anchor < classes.Size; anchor++)
        {
            if (!classes.CanBeAnchor(anchor))
            {
                continue;
            }

            ReadOnlySpan<int> others = BatchClasses.Negatives(anchor, labels, negativesOfAnchor);
            foreach (int positive in classes.Class(anchor))
            {
                if (positive != anchor)
                {
                    anchors.AsSpan(filled, others.Length).Fill(anchor);
                    positives.AsSpan(filled, others.Length).Fill(positive);
                    others.CopyTo(negatives.AsSpan(filled));
                    filled += others.Length;
                }
            }
        }

        return new Triplets(anchors, positives, negatives);
    }
}
