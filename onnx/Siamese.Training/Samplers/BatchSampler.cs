namespace Siamese.Training.Samplers;

/// <summary>Lays the rows of a training set out in batches.</summary>
public abstract class BatchSampler
{
    /// <summary>Lays out one epoch.</summary>
    /// <param name="labels">The class of each of the N rows, numbered from 0.</param>
    /// <param name="random">The source of the order: an equally seeded one gives an equal epoch.</param>
    /// <returns>Batches of row numbers in [0, N).</returns>
    /// <exception cref="ArgumentException">The classes do not suffice for one batch.</exception>
    public abstract IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random);
}
