namespace Siamese.Pipelines.Evaluation;

/// <summary>The scores of known and unknown rows by rank: rows of one score have one rank, and the lowest score has rank 0.</summary>
internal sealed class ScoreRanks
{
    /// <summary>Ranks scores.</summary>
    /// <param name="known">The scores of the known rows.</param>
    /// <param name="unknown">The scores of the unknown rows.</param>
    /// <param name="knownName">What errors call the known scores.</param>
    /// <param name="unknownName">What errors call the unknown scores.</param>
    /// <exception cref="ArgumentException">There are no scores of one kind, one is NaN, or the two share memory.</exception>
    public ScoreRanks(ReadOnlySpan<float> known, ReadOnlySpan<float> unknown, string knownName, string unknownName)
    {
        Check(known, knownName);
        Check(unknown, unknownName);
        if (known.Overlaps(unknown))
        {
            throw new ArgumentException(
                $"The {unknownName} are the {knownName}, in whole or in part: the same memory. Give rows of no known class.", unknownName);
        }

        float[] sorted = [.. known, .. unknown];
        Array.Sort(sorted);
        int distinct = 1;
        for (int i = 1; i < sorted.Length; i++)
        {
            if (sorted[i] != sorted[distinct - 1])
            {
                sorted[distinct++] = sorted[i];
            }
        }

        Scores = sorted[..distinct];
        Known = Ranks(known);
        Unknown = Ranks(unknown);
    }

    /// <summary>Gets the distinct scores, ascending: the score of each rank.</summary>
    public float[] Scores { get; }

    /// <summary>Gets the rank of each known row.</summary>
    public int[] Known { get; }

    /// <summary>Gets the rank of each unknown row.</summary>
    public int[] Unknown { get; }

    private static void Check(ReadOnlySpan<float> scores, string name)
    {
        if (scores.IsEmpty)
        {
            throw new ArgumentException($"There are no {name}. Give at least one row.", name);
        }

        for (int i = 0; i < scores.Length; i++)
        {
            if (float.IsNaN(scores[i]))
            {
                throw new ArgumentException(
                    $"Row {i} of {name} is NaN, which has no rank among scores. Leave the row out, or mend what scored it.", name);
            }
        }
    }

    private int[] Ranks(ReadOnlySpan<float> scores)
    {
        var ranks = new int[scores.Length];
        for (int i = 0; i < ranks.Length; i++)
        {
            ranks[i] = Array.BinarySearch(Scores, scores[i]);
        }

        return ranks;
    }
}
