namespace Siamese.Training.Miners;

/// <summary>
/// Takes for every anchor and positive the nearest negative that is farther than the positive (Schroff et al., FaceNet: A Unified
/// Embedding for Face Recognition and Clustering, 2015).
/// </summary>
/// <remarks>
/// Where no negative is farther, the farthest negative is taken, as TensorFlow Addons' <c>triplet_semihard_loss</c> does. A batch of P
/// classes of K images gives P K (K − 1) triplets, in order of anchor and positive; of equally far negatives the first. It trains from a
/// cold start, where the hardest negatives would let a network collapse.
/// </remarks>
public sealed class SemiHardMiner : TripletMiner
{
    /// <inheritdoc/>
    public override string Description => nameof(SemiHardMiner);

    /// <inheritdoc/>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite: the network has diverged.</exception>
    public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
    {
        var classes = new BatchClasses(distances, labels);
        int size = classes.Size;
        int count = classes.CountPairs();
        int[] anchors = new int[count];
        int[] positives = new int[count];
        int[] negatives = new int[count];
        float[] positiveDistances = new float[size];
        int[] positiveOrder = new int[size];
        int[] nearest = new int[size + 1];
        int filled = 0;
        for (int anchor = 0; anchor < size; anchor++)
        {
            if (!classes.CanBeAnchor(anchor))
            {
                continue;
            }

            ReadOnlySpan<float> row = distances.Slice(anchor * size, size);
            Span<int> positivesOfAnchor = positives.AsSpan(filled, classes.Class(anchor).Length - 1);
            CopyWithout(anchor, classes.Class(anchor), positivesOfAnchor);
            Span<float> sorted = positiveDistances.AsSpan(0, positivesOfAnchor.Length);
            Span<int> order = positiveOrder.AsSpan(0, positivesOfAnchor.Length);
            for (int i = 0; i < sorted.Length; i++)
            {
                sorted[i] = row[positivesOfAnchor[i]];
                order[i] = i;
            }

            sorted.Sort(order);
            ChooseNegatives(row, labels, labels[anchor], sorted, nearest.AsSpan(0, sorted.Length + 1));
            anchors.AsSpan(filled, sorted.Length).Fill(anchor);
            for (int rank = 0; rank < sorted.Length; rank++)
            {
                negatives[filled + order[rank]] = nearest[rank + 1];
            }

            filled += sorted.Length;
        }

        return new Triplets(anchors, positives, negatives);
    }

    /// <summary>Chooses the negative of every positive in one pass over the negatives.</summary>
    /// <param name="row">The anchor's distances.</param>
    /// <param name="labels">The batch's labels.</param>
    /// <param name="label">The anchor's.</param>
    /// <param name="positives">The distances of the anchor's positives, ascending.</param>
    /// <param name="nearest">Element 1 + i becomes the negative of positive i.</param>
    private static void ChooseNegatives(
        ReadOnlySpan<float> row, ReadOnlySpan<int> labels, int label, ReadOnlySpan<float> positives, Span<int> nearest)
    {
        // Element k is the nearest of the negatives that are farther than exactly k of the positives. Those with a greater k are all
        // farther, so a positive's negative is the first there is above it.
        nearest.Fill(-1);
        int farthest = -1;
        for (int i = 0; i < row.Length; i++)
        {
            if (labels[i] == label)
            {
                continue;
            }

            float distance = row[i];
            int passed = CountBelow(distance, positives);
            if (nearest[passed] < 0 || distance < row[nearest[passed]])
            {
                nearest[passed] = i;
            }

            if (farthest < 0 || distance > row[farthest])
            {
                farthest = i;
            }
        }

        int next = farthest;
        for (int k = nearest.Length - 1; k > 0; k--)
        {
            next = nearest[k] >= 0 ? nearest[k] : next;
            nearest[k] = next;
        }
    }

    private static int CountBelow(float distance, ReadOnlySpan<float> sorted)
    {
        int low = 0;
        int high = sorted.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (sorted[middle] < distance)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private static void CopyWithout(int anchor, ReadOnlySpan<int> members, Span<int> positives)
    {
        int filled = 0;
        foreach (int member in members)
        {
            if (member != anchor)
            {
                positives[filled++] = member;
            }
        }
    }
}
