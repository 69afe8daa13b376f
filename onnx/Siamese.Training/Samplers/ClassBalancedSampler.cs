using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Samplers;

/// <summary>
/// Makes batches of P classes with K images each (Hermans et al., In Defense of the Triplet Loss for Person Re-Identification, 2017).
/// </summary>
/// <remarks>
/// <para>
/// Each batch draws P classes without replacement, and K rows of each; its rows are laid out class by class. A class hands out its rows
/// in random order, and all of them before any again, so that an epoch of N / (P K) batches, rounded down but at least one, shows
/// every row about once where classes are about equally large. Rows of small classes are shown more often than those of large ones.
/// </para>
/// <para>
/// Within one batch a row appears twice only if its class has fewer than K rows. A training set of fewer than P classes makes batches of
/// all its classes.
/// </para>
/// </remarks>
public sealed class ClassBalancedSampler : BatchSampler
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="classesPerBatch">P, at least 2: an anchor needs a negative.</param>
    /// <param name="imagesPerClass">K, at least 2: an anchor needs a positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">An argument is less than 2.</exception>
    public ClassBalancedSampler(int classesPerBatch, int imagesPerClass)
    {
        ClassesPerBatch = Guard.AtLeast(classesPerBatch, 2, nameof(classesPerBatch));
        ImagesPerClass = Guard.AtLeast(imagesPerClass, 2, nameof(imagesPerClass));
    }

    /// <summary>Gets the number of classes of a batch, P.</summary>
    public int ClassesPerBatch { get; }

    /// <summary>Gets the number of rows of each class of a batch, K.</summary>
    public int ImagesPerClass { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(ClassBalancedSampler), (nameof(ClassesPerBatch), ClassesPerBatch), (nameof(ImagesPerClass), ImagesPerClass));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">There are fewer than two classes, or one has a single row.</exception>
    public override IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random)
    {
        List<int>[] classes = RowsOfClasses(labels);
        foreach (List<int> rows in classes)
        {
            if (rows.Count == 1)
            {
                throw new ArgumentException(
                    $"Class {labels[rows[0]]} has one row, row {rows[0]}, but an anchor needs another of its class. "
                    + "Add rows of the class, or leave it out.",
                    nameof(labels));
            }
        }

        return Batches(classes, labels.Count, random);
    }

    private IEnumerable<int[]> Batches(List<int>[] classes, int rows, Random random)
    {
        ShuffledRows[] shuffled = [.. classes.Select(c => new ShuffledRows([.. c], random))];
        int classesPerBatch = Math.Min(ClassesPerBatch, classes.Length);
        int batches = Math.Max(1, rows / (classesPerBatch * ImagesPerClass));
        for (int i = 0; i < batches; i++)
        {
            random.Shuffle(shuffled);
            int[] batch = new int[classesPerBatch * ImagesPerClass];
            for (int c = 0; c < classesPerBatch; c++)
            {
                shuffled[c].Take(batch.AsSpan(c * ImagesPerClass, ImagesPerClass));
            }

            yield return batch;
        }
    }

    /// <summary>The rows of one class, handed out in random order, again and again.</summary>
    private sealed class ShuffledRows
    {
        private readonly int[] _rows;
        private readonly Random _random;
        private int _next;

        public ShuffledRows(int[] rows, Random random)
        {
            _rows = rows;
            _random = random;
            _random.Shuffle(_rows);
        }

        public void Take(Span<int> rows)
        {
            while (!rows.IsEmpty)
            {
                int taken = Math.Min(rows.Length, _rows.Length - _next);
                _rows.AsSpan(_next, taken).CopyTo(rows);
                _next += taken;
                rows = rows[taken..];
                if (_next == _rows.Length)
                {
                    Refill(taken, rows.Length);
                }
            }
        }

        /// <summary>Shuffles the rows for another round.</summary>
        /// <param name="justTaken">The rows at the end that the batch has already.</param>
        /// <param name="wanted">The rows that the batch still wants: none of the former, if there are enough others.</param>
        private void Refill(int justTaken, int wanted)
        {
            Span<int> others = _rows.AsSpan(0, _rows.Length - justTaken);
            _random.Shuffle(others);
            _random.Shuffle(_rows.AsSpan(Math.Min(wanted, others.Length)));
            _next = 0;
        }
    }
}
