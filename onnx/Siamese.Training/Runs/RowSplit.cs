namespace Siamese.Training.Runs;

/// <summary>Which rows are trained on and which are held out.</summary>
internal sealed record RowSplit(int[] Training, int[] HeldOut)
{
    /// <summary>Each class keeps this many rows to train on: an anchor and its positive.</summary>
    private const int FewestTrained = 2;

    /// <summary>Holds out a share of all rows, of each class as near to that share as whole rows allow.</summary>
    /// <remarks>
    /// By largest remainders: a class of n rows gives n × share, rounded down, and the rows that are missing then come one by one from the
    /// classes that lack most; chance decides between equals. So a class of at least 1 / share rows always gives some, and of smaller ones
    /// a part does. No class gives so many that fewer than two are left; what it cannot give comes from others.
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

    /// <summary>Gets how many rows each class gives.</summary>
    private static int[] Counts(int[] sizes, double fraction, Random random)
    {
        int[] most = [.. sizes.Select(size => Math.Max(0, size - FewestTrained))];
        int[] counts = [.. sizes.Select((size, label) => Math.Min(most[label], (int)(size * fraction)))];

        // A share that is asked for is at least one row.
        int wanted = Math.Max(fraction > 0 ? 1 : 0, (int)Math.Round(sizes.Sum(size => (long)size) * fraction, MidpointRounding.AwayFromZero));
        int missing = (int)Math.Min(wanted, most.Sum(number => (long)number)) - counts.Sum();
        int[] order = [.. Enumerable.Range(0, sizes.Length)];
        random.Shuffle(order);
        while (missing > 0)
        {
            // More than one round only where classes gave all they can.
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
