using System.Numerics.Tensors;

namespace Siamese.Training.Miners;

/// <summary>Which images of a batch are of one class.</summary>
internal sealed class BatchClasses
{
    private readonly int[] _members;
    private readonly int[] _starts;
    private readonly int[] _ends;

    /// <summary>Groups a batch by class, after checking its distances.</summary>
    /// <param name="distances">B × B.</param>
    /// <param name="labels">B classes, any numbers.</param>
    /// <exception cref="ArgumentException">There are not B × B distances.</exception>
    /// <exception cref="NotFiniteNumberException">A distance is NaN or infinite.</exception>
    public BatchClasses(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels)
    {
        CheckDistances(distances, labels.Length);
        Size = labels.Length;
        _members = new int[Size];
        _starts = new int[Size];
        _ends = new int[Size];

        // The index below the label keeps the members of a class in order.
        long[] sorted = new long[Size];
        for (int i = 0; i < Size; i++)
        {
            sorted[i] = ((long)labels[i] << 32) | (uint)i;
        }

        Array.Sort(sorted);
        int start = 0;
        for (int i = 0; i < Size; i++)
        {
            _members[i] = (int)(uint)sorted[i];
            if (i == Size - 1 || sorted[i + 1] >> 32 != sorted[i] >> 32)
            {
                for (int j = start; j <= i; j++)
                {
                    _starts[_members[j]] = start;
                    _ends[_members[j]] = i + 1;
                }

                start = i + 1;
            }
        }
    }

    /// <summary>Gets the number of images, B.</summary>
    public int Size { get; }

    /// <summary>Counts the pairs of an anchor and a positive that have a negative.</summary>
    public int CountPairs()
    {
        int pairs = 0;
        for (int anchor = 0; anchor < Size; anchor++)
        {
            pairs += CanBeAnchor(anchor) ? Class(anchor).Length - 1 : 0;
        }

        return pairs;
    }

    /// <summary>Tells whether the batch has a positive and a negative for an image.</summary>
    public bool CanBeAnchor(int image)
    {
        int members = _ends[image] - _starts[image];
        return members > 1 && members < Size;
    }

    /// <summary>Gets the images of an image's class, itself included, in ascending order.</summary>
    public ReadOnlySpan<int> Class(int image) => _members.AsSpan(_starts[image].._ends[image]);

    /// <summary>Lists the images of other classes in ascending order.</summary>
    /// <param name="image">The anchor.</param>
    /// <param name="labels">The batch's labels.</param>
    /// <param name="negatives">Room for B.</param>
    /// <returns>The part of <paramref name="negatives"/> that was filled.</returns>
    public static Span<int> Negatives(int image, ReadOnlySpan<int> labels, Span<int> negatives)
    {
        int count = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            negatives[count] = i;
            count += labels[i] != labels[image] ? 1 : 0;
        }

        return negatives[..count];
    }

    /// <summary>Draws a member of an image's class other than the image itself.</summary>
    public int DrawPositive(int anchor, Random random)
    {
        ReadOnlySpan<int> members = Class(anchor);

        // Drawing among one fewer and letting the last stand in for the anchor is uniform over the others.
        int drawn = members[random.Next(members.Length - 1)];
        return drawn == anchor ? members[^1] : drawn;
    }

    /// <summary>Draws an image of another class.</summary>
    public int DrawNegative(int anchor, Random random)
    {
        int start = _starts[anchor];
        int members = _ends[anchor] - start;
        int drawn = random.Next(Size - members);
        return _members[drawn < start ? drawn : drawn + members];
    }

    private static void CheckDistances(ReadOnlySpan<float> distances, int size)
    {
        if (distances.Length != (long)size * size)
        {
            throw new ArgumentException(
                $"There are {distances.Length} distances, but a batch of {size} labels has {size} × {size} = {(long)size * size}. "
                + "Give the whole matrix, row by row.",
                nameof(distances));
        }

        if (distances.IsEmpty || TensorPrimitives.IsFiniteAll(distances))
        {
            return;
        }

        int at = 0;
        while (float.IsFinite(distances[at]))
        {
            at++;
        }

        throw new NotFiniteNumberException(
            $"The distance of image {at / size} of the batch from image {at % size} is {distances[at]}: the network has diverged. "
            + "Lower the learning rate, or begin with an easier miner.",
            distances[at]);
    }
}
