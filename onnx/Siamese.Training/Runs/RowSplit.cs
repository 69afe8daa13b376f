namespace Siamese.Training.Runs;

/// <summary>Which rows are trained on and which are held out.</summary>
internal sealed record RowSplit(int[] Training, int[] HeldOut)
{
    /// <summary>Holds out the same share of every class, as far as two rows to train on are left of it.</summary>
    public static RowSplit Create(IReadOnlyList<int> labels, int classes, double fraction, Random random)
    {
        var training = new List<int>(labels.Count);
        var heldOut = new List<int>();
        ILookup<int, int> rowsOfClass = Enumerable.Range(0, labels.Count).ToLookup(row => labels[row]);
        for (int label = 0; label < classes; label++)
        {
            int[] rows = [.. rowsOfClass[label]];
            random.Shuffle(rows);
            int count = Math.Clamp((int)Math.Round(rows.Length * fraction), 0, Math.Max(0, rows.Length - 2));
            heldOut.AddRange(rows[..count]);
            training.AddRange(rows[count..]);
        }

        training.Sort();
        heldOut.Sort();
        return new RowSplit([.. training], [.. heldOut]);
    }
}
