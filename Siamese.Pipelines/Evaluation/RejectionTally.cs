namespace Siamese.Pipelines.Evaluation;

/// <summary>How often the rows of each rank were taken, and the figures that follow: no sample has to be sorted.</summary>
internal sealed class RejectionTally(RejectionRows rows)
{
    private readonly int[] _known = new int[rows.Ranks.Scores.Length];
    private readonly int[] _knownCorrect = new int[rows.Ranks.Scores.Length];
    private readonly int[] _unknown = new int[rows.Ranks.Scores.Length];
    private int _knownKept;
    private int _knownKeptCorrect;
    private int _unknownRejected;

    /// <summary>Gets how often known rows of each rank were taken.</summary>
    public ReadOnlySpan<int> Known => _known;

    /// <summary>Gets how often unknown rows of each rank were taken.</summary>
    public ReadOnlySpan<int> Unknown => _unknown;

    /// <summary>Takes each row once.</summary>
    public void TakeAll()
    {
        Clear();
        for (int row = 0; row < rows.Ranks.Known.Length; row++)
        {
            TakeKnown(row);
        }

        for (int row = 0; row < rows.Ranks.Unknown.Length; row++)
        {
            TakeUnknown(row);
        }
    }

    /// <summary>Takes as many known rows as there are, with replacement, and then as many unknown ones.</summary>
    public void Draw(SplitMix64 random)
    {
        Clear();
        int knownCount = rows.Ranks.Known.Length;
        for (int i = 0; i < knownCount; i++)
        {
            TakeKnown(random.Next(knownCount));
        }

        int unknownCount = rows.Ranks.Unknown.Length;
        for (int i = 0; i < unknownCount; i++)
        {
            TakeUnknown(random.Next(unknownCount));
        }
    }

    /// <summary>Computes the figures of what was taken, in one pass over the ranks, each taken for the threshold.</summary>
    public RejectionFigures Figures()
    {
        long knownCount = rows.Ranks.Known.Length;
        long unknownCount = rows.Ranks.Unknown.Length;
        long knownKept = 0;
        long correctKept = 0;
        long unknownKept = 0;
        long unknownKeptAt95 = -1;

        // Twice the pairs in which the unknown row scores above, so that a tie, half a pair, is whole.
        long pairs = 0;
        long correctPairs = 0;
        double precisionOfUnknown = 0;
        double precisionOfKnown = 0;
        for (int rank = 0; rank < _known.Length; rank++)
        {
            int known = _known[rank];
            int unknown = _unknown[rank];
            int correct = _knownCorrect[rank];
            if (unknown > 0)
            {
                pairs += unknown * ((2 * knownKept) + known);
                correctPairs += unknown * ((2 * correctKept) + correct);
                long unknownFrom = unknownCount - unknownKept;
                precisionOfUnknown += unknown * ((double)unknownFrom / (unknownFrom + knownCount - knownKept));
            }

            unknownKept += unknown;
            if (known > 0)
            {
                knownKept += known;
                correctKept += correct;
                precisionOfKnown += known * ((double)knownKept / (knownKept + unknownKept));

                // In whole numbers: 0.95 is none that a double holds.
                if (unknownKeptAt95 < 0 && 100 * knownKept >= 95 * knownCount)
                {
                    unknownKeptAt95 = unknownKept;
                }
            }
        }

        return new RejectionFigures(
            pairs / (2.0 * knownCount * unknownCount),
            precisionOfUnknown / unknownCount,
            precisionOfKnown / knownCount,
            (double)unknownKeptAt95 / unknownCount,
            rows.HasCorrect ? correctPairs / (2.0 * knownCount * unknownCount) : double.NaN,
            rows.HasRejected ? (double)_knownKept / knownCount : double.NaN,
            rows.HasRejected ? (double)_unknownRejected / unknownCount : double.NaN,
            rows.HasRejected && rows.HasCorrect && _knownKept > 0 ? (double)_knownKeptCorrect / _knownKept : double.NaN);
    }

    private void Clear()
    {
        Array.Clear(_known);
        Array.Clear(_knownCorrect);
        Array.Clear(_unknown);
        _knownKept = 0;
        _knownKeptCorrect = 0;
        _unknownRejected = 0;
    }

    private void TakeKnown(int row)
    {
        int rank = rows.Ranks.Known[row];
        int correct = rows.KnownCorrect[row] ? 1 : 0;
        int kept = rows.KnownRejected[row] ? 0 : 1;
        _known[rank]++;
        _knownCorrect[rank] += correct;
        _knownKept += kept;
        _knownKeptCorrect += kept & correct;
    }

    private void TakeUnknown(int row)
    {
        _unknown[rows.Ranks.Unknown[row]]++;
        _unknownRejected += rows.UnknownRejected[row] ? 1 : 0;
    }
}
