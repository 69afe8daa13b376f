namespace Siamese.Training.Samplers;

/// <summary>Lays the rows of a training set out in batches.</summary>
public abstract class BatchSampler : RecipePart
{
    /// <summary>Lays out one epoch.</summary>
    /// <param name="labels">The class of each of the N rows, numbered from 0.</param>
    /// <param name="random">The source of the order: an equally seeded one gives an equal epoch.</param>
    /// <returns>Batches of row numbers in [0, N).</returns>
    /// <exception cref="ArgumentException">The classes do not suffice for one batch.</exception>
    public abstract IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random);

    /// <summary>Groups rows by class.</summary>
    /// <param name="labels">The class of each row.</param>
    /// <returns>The rows of each class in ascending order, in the order of the classes.</returns>
    /// <exception cref="ArgumentException">There are fewer than two classes, so that no anchor has a negative.</exception>
    private protected static List<int>[] RowsOfClasses(IReadOnlyList<int> labels)
    {
        var classes = new SortedDictionary<int, List<int>>();
        for (int row = 0; row < labels.Count; row++)
        {
            if (!classes.TryGetValue(labels[row], out List<int>? rows))
            {
                classes.Add(labels[row], rows = []);
            }

            rows.Add(row);
        }

        return classes.Count >= 2
            ? [.. classes.Values]
            : throw new ArgumentException(
                $"There are {labels.Count} rows of {classes.Count} class{(classes.Count == 1 ? string.Empty : "es")}, "
                + "but a triplet's negative is of another class than its anchor. Give rows of at least 2 classes.",
                nameof(labels));
    }
}
