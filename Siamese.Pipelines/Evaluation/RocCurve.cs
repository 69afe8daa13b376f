using System.Collections.Immutable;
using Microsoft.ML;

namespace Siamese.Pipelines.Evaluation;

/// <summary>The receiver operating characteristic of an unknown score: what each threshold keeps of the known and unknown.</summary>
/// <remarks>
/// The <i>known</i> is the positive class: a row is kept where its unknown score does not exceed the threshold; the true positive rate is
/// the share of known rows kept, the false positive rate that of unknown rows kept. <see cref="RejectionMetrics.FalsePositiveRateAt95"/> is
/// the false positive rate of the first point whose true positive rate is at least 0.95. Turned by 180°, it is the curve of the unknown as
/// the positive class, and the area is the same. Fawcett, "An Introduction to ROC Analysis" (2006).
/// </remarks>
public sealed class RocCurve
{
    private RocCurve(ImmutableArray<RocPoint> points, double area)
    {
        Points = points;
        Area = area;
    }

    /// <summary>Gets the points from (0, 0), where nothing is kept, to (1, 1), where all is: neither rate ever falls.</summary>
    /// <value>
    /// One for each distinct score, ascending, after the first, whose threshold is −∞, below any score that a row may be told by. Rows of
    /// one score are kept together, so that a tie of known and unknown rows makes a slanted line.
    /// </value>
    public IReadOnlyList<RocPoint> Points { get; }

    /// <summary>Gets the area under the straight lines between the points, in [0, 1]: <see cref="RejectionMetrics.Auroc"/>.</summary>
    public double Area { get; }

    /// <summary>Draws the curve of scores. Larger is more unknown.</summary>
    /// <param name="knownScores">The unknown scores of known rows; ±∞ is allowed.</param>
    /// <param name="unknownScores">The unknown scores of unknown rows; ±∞ is allowed.</param>
    /// <exception cref="ArgumentException">There are no scores of one kind, one is NaN, or the two share memory.</exception>
    public static RocCurve Create(ReadOnlySpan<float> knownScores, ReadOnlySpan<float> unknownScores)
    {
        var ranks = new ScoreRanks(knownScores, unknownScores, nameof(knownScores), nameof(unknownScores));
        var tally = new RejectionTally(new RejectionRows(ranks, knownCorrect: null, knownRejected: null, unknownRejected: null));
        tally.TakeAll();

        var points = ImmutableArray.CreateBuilder<RocPoint>(ranks.Scores.Length + 1);
        points.Add(new RocPoint(0, 0, float.NegativeInfinity));
        int knownKept = 0;
        int unknownKept = 0;
        for (int rank = 0; rank < ranks.Scores.Length; rank++)
        {
            knownKept += tally.Known[rank];
            unknownKept += tally.Unknown[rank];
            points.Add(new RocPoint(
                (double)unknownKept / unknownScores.Length, (double)knownKept / knownScores.Length, ranks.Scores[rank]));
        }

        return new RocCurve(points.MoveToImmutable(), tally.Figures().Auroc);
    }

    /// <summary>Draws the curve of the scores of two views. Larger is more unknown.</summary>
    /// <param name="known">Rows of the classes that are known.</param>
    /// <param name="unknown">Rows of none of them.</param>
    /// <param name="unknownScoreColumnName">The column of scores in both: Single, or a vector of one Single.</param>
    /// <param name="cancellationToken">Stops the reading, between two rows.</param>
    /// <exception cref="ArgumentException">
    /// A view has no rows, both are the same view, the column is not found or of another type, or a score is NaN.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static RocCurve Create(
        IDataView known,
        IDataView unknown,
        string unknownScoreColumnName = RejectionColumnNames.UnknownScore,
        CancellationToken cancellationToken = default)
    {
        RejectionColumns.CheckViews(known, unknown);
        RejectionColumns knownRows = RejectionColumns.Read(known, unknownScoreColumnName, cancellation: cancellationToken);
        RejectionColumns unknownRows = RejectionColumns.Read(unknown, unknownScoreColumnName, cancellation: cancellationToken);
        return Create(knownRows.Scores, unknownRows.Scores);
    }
}
