using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Samplers;

/// <summary>Makes batches of all rows in random order, whatever their classes.</summary>
/// <remarks>
/// An epoch shows each row at most once: the N mod B rows that fill no batch are left out, other ones each time, since a small last
/// batch would upset batch normalisation. A training set of fewer than B rows makes one batch of them all. With many classes most
/// anchors find no positive in their batch; then use <see cref="ClassBalancedSampler"/>.
/// </remarks>
public sealed class UniformSampler : BatchSampler
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="batchSize">B, at least 3: an anchor, a positive and a negative.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="batchSize"/> is less than 3.</exception>
    public UniformSampler(int batchSize)
    {
        BatchSize = Guard.AtLeast(batchSize, 3, nameof(batchSize));
    }

    /// <summary>Gets the number of rows of a batch, B.</summary>
    public int BatchSize { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(UniformSampler), (nameof(BatchSize), BatchSize));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer than two classes, or none has two rows.</exception>
    public override IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random)
    {
        if (RowsOfClasses(labels).All(rows => rows.Count == 1))
        {
            throw new ArgumentException(
                $"Each of the {labels.Count} classes has one row, but an anchor needs another of its class. Add rows.", nameof(labels));
        }

        return Batches(labels.Count, random);
    }

    private IEnumerable<int[]> Batches(int rows, Random random)
    {
        int[] order = [.. Enumerable.Range(0, rows)];
        random.Shuffle(order);
        int size = Math.Min(BatchSize, rows);
        for (int start = 0; start + size <= rows; start += size)
        {
            yield return order[start..(start + size)];
        }
    }
}
