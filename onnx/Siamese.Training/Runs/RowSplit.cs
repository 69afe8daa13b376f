namespace Siamese.Training.Runs;

/// <summary>Which rows are trained on and which are held out.</summary>
internal sealed record RowSplit(int[] Training, int[] HeldOut)
{
    /// <summary>The rows of each class that are kept to train on: an anchor and its positive.</summary>
    private const int FewestTrained = 2;

    /// <summary>Holds out a share of all rows, distributed over the classes in proportion to their size.</summary>
    /// <remarks>
    /// The method of largest remainders: n × share rows, rounded down, of each class of n rows, then one more of the classes with the
    /// largest remainders until the share of all rows is reached; ties are broken at random. So at least one row of each class of 1 / share
    /// rows or more is held out, and one row of some of the smaller classes. Two rows of each class are kept to train on; rows that small
    /// classes lack are taken from larger ones.
    /// </remarks>
    public static RowSplit Create(IReadOnlyList<int> labels, int classes, double fraction, Random random)
    {
        var training = new List<int>(labels.Count);
        var heldOut = new List<int>();
        ILookup<int, int> rowsOfClass = Enumerable.Range(0, labels.Count).ToLookup(row => labels[row]);
        int[][] rows = [.. Enumerable.Range(0, classes).Select(label => rowsOfClass[label].ToArray())];
        Array.ForEach(rows, random.Shuffle);
        int[] counts = Counts([.. rows.Select(members => members.Length)], fraction, random);
        for (int label = 0; label < classes; label++)
        {
            heldOut.AddRange(rows[label][..counts[label]]);
            training.AddRange(rows[label][counts[label]..]);
        }

        training.Sort();
        heldOut.Sort();
        return new RowSplit([.. training], [.. heldOut]);
    }

    /// <summary>Gets the number of held-out rows of each class.</summary>
    private static int[] Counts(int[] sizes, double fraction, Random random)
    {
        int[] most = [.. sizes.Select(size => Math.Max(0, size - FewestTrained))];
        int[] counts = [.. sizes.Select((size, label) => Math.Min(most[label], (int)(size * fraction)))];

        // A share greater than 0 is at least one row.
        int wanted = Math.Max(fraction > 0 ? 1 : 0, (int)Math.Round(sizes.Sum(size => (long)size) * fraction, MidpointRounding.AwayFromZero));
        int missing = (int)Math.Min(wanted, most.Sum(number => (long)number)) - counts.Sum();
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        random.Shuffle(order);
        while (missing > 0)
        {
            // A second round is needed only where classes have no more rows to hold out.
            foreach (int label in order
                .Where(label => counts[label] < most[label])
                .OrderByDescending(label => (sizes[label] * fraction) - counts[label])
                .Take(missing)
                .ToArray())
            {
                counts[label]++;
                missing--;
            }
        }

        return counts;
    }
}
