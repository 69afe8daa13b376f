using System.Globalization;
using System.Text;

namespace Siamese.Pipelines.Evaluation;

/// <summary>How well embeddings find others of their class: means over the queries counted, in [0, 1]. Greater is better.</summary>
/// <remarks>
/// For a query, R is the number of references of its class (in leave-one-out evaluation without the query itself), and rank 1 is the
/// reference nearest to it. Of references at the same distance the one with the lower index comes first. The figures are those of Musgrave,
/// Belongie and Lim, "A Metric Learning Reality Check" (2020), section 3.2, and of the library pytorch-metric-learning; each query weighs
/// the same, so that a large class weighs more than a small one. Two results are equal when all their figures are.
/// </remarks>
public sealed record RetrievalMetrics
{
    /// <summary>Gets the share of queries whose nearest reference is of their class.</summary>
    /// <remarks>The same as recall@1, and as the accuracy of the nearest-neighbour classifier on the queries counted.</remarks>
    public required double PrecisionAt1 { get; init; }

    /// <summary>Gets the mean share of the query's class among its R nearest references.</summary>
    /// <remarks>1 when each class stands before all others, whatever the order within. Musgrave et al. (2020).</remarks>
    public required double RPrecision { get; init; }

    /// <summary>Gets MAP@R, the mean of 1/R × Σ P(i) over the ranks i from 1 to R that hold a reference of the query's class.</summary>
    /// <remarks>
    /// P(i) is the share of the query's class among the i nearest. It tells rankings apart that R-precision takes for the same: matches
    /// count more when they come first. Musgrave et al. (2020).
    /// </remarks>
    public required double MeanAveragePrecisionAtR { get; init; }

    /// <summary>Gets the mean of 1 / rank of the nearest reference of the query's class.</summary>
    /// <remarks>Over the full ranking, so that it is never 0. Voorhees, "The TREC-8 Question Answering Track Report" (1999).</remarks>
    public required double MeanReciprocalRank { get; init; }

    /// <summary>Gets by k the share of queries with at least one reference of their class among the k nearest.</summary>
    /// <remarks>
    /// In the order of k, for the ones asked for. 1 where k is not less than the number of references. Jégou, Douze and Schmid, "Product
    /// Quantization for Nearest Neighbor Search" (2011); Oh Song et al., "Deep Metric Learning via Lifted Structured Feature
    /// Embedding" (2016).
    /// </remarks>
    public required IReadOnlyDictionary<int, double> RecallAtK { get; init; }

    /// <summary>Gets the number of queries that the figures are means of, at least 1.</summary>
    public required int Queries { get; init; }

    /// <summary>Gets the number of queries left out because no other reference is of their class.</summary>
    /// <remarks>No ranking of theirs could be right. pytorch-metric-learning leaves them out too.</remarks>
    public required int QueriesWithoutMatch { get; init; }

    /// <inheritdoc/>
    public bool Equals(RetrievalMetrics? other) =>
        other is not null
        && PrecisionAt1.Equals(other.PrecisionAt1)
        && RPrecision.Equals(other.RPrecision)
        && MeanAveragePrecisionAtR.Equals(other.MeanAveragePrecisionAtR)
        && MeanReciprocalRank.Equals(other.MeanReciprocalRank)
        && Queries == other.Queries
        && QueriesWithoutMatch == other.QueriesWithoutMatch
        && RecallAtK.OrderBy(recall => recall.Key).SequenceEqual(other.RecallAtK.OrderBy(recall => recall.Key));

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(PrecisionAt1, RPrecision, MeanAveragePrecisionAtR, MeanReciprocalRank, Queries, QueriesWithoutMatch);

    /// <summary>Says the figures in percent, in one line.</summary>
    /// <returns>
    /// For example <c>precision@1 98.80 %, R-precision 97.71 %, MAP@R 97.02 %, MRR 99.15 %, recall@4 99.41 % (10000 queries)</c>.
    /// </returns>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"precision@1 {100 * PrecisionAt1:F2} %, R-precision {100 * RPrecision:F2} %, MAP@R {100 * MeanAveragePrecisionAtR:F2} %, ");
        text.Append(CultureInfo.InvariantCulture, $"MRR {100 * MeanReciprocalRank:F2} %");
        foreach ((int k, double recall) in RecallAtK)
        {
            text.Append(CultureInfo.InvariantCulture, $", recall@{k} {100 * recall:F2} %");
        }

        text.Append(CultureInfo.InvariantCulture, $" ({Queries} queries");
        if (QueriesWithoutMatch > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $", {QueriesWithoutMatch} more without a match");
        }

        return text.Append(')').ToString();
    }
}
