using System.Globalization;
using Microsoft.ML;

namespace Siamese.Pipelines.Evaluation;

/// <summary>How well clusters agree with labels, however numbered: 1 where they are the same groups. Greater is better.</summary>
/// <remarks>
/// The first and the last two figures grow with the number of clusters even where these mean nothing; the adjusted ones are 0 on
/// average for clusters of the same sizes drawn at random, and may be less. The figures are those of scikit-learn's
/// normalized_mutual_info_score, adjusted_mutual_info_score, adjusted_rand_score, homogeneity_score and completeness_score. All but the
/// last two stay the same when labels and clusters change places, which these two do as well.
/// </remarks>
public sealed record ClusteringAgreement
{
    /// <summary>Gets the mutual information of labels and clusters over the mean of their entropies, in [0, 1].</summary>
    /// <remarks>
    /// It is also the V-measure, the harmonic mean of <see cref="Homogeneity"/> and <see cref="Completeness"/>. 0 where one of the two has
    /// a single group and the other more. Normalised by the arithmetic mean; Strehl and Ghosh, "Cluster Ensembles" (2002), take the
    /// geometric.
    /// </remarks>
    public required double NormalizedMutualInformation { get; init; }

    /// <summary>Gets (I − E) / (H − E): mutual information I, its mean E over all permutations, mean H of the entropies. At most 1.</summary>
    /// <remarks>
    /// Vinh, Epps and Bailey, "Information Theoretic Measures for Clusterings Comparison" (2010), with the arithmetic mean. E is exact.
    /// Where every row is a group of its own on both sides, which would be 0 / 0, it is 1, as for all groups that are the same.
    /// </remarks>
    public required double AdjustedMutualInformation { get; init; }

    /// <summary>Gets the share of pairs of rows that both sides put together or both apart, adjusted for chance. In [−0.5, 1].</summary>
    /// <remarks>Hubert and Arabie, "Comparing Partitions" (1985).</remarks>
    public required double AdjustedRandIndex { get; init; }

    /// <summary>Gets how far each cluster has rows of one label alone, in [0, 1].</summary>
    /// <remarks>1 − H(labels | clusters) / H(labels): Rosenberg and Hirschberg, "V-Measure" (2007). 1 where there is one label.</remarks>
    public required double Homogeneity { get; init; }

    /// <summary>Gets how far the rows of each label are in one cluster, in [0, 1].</summary>
    /// <remarks>1 − H(clusters | labels) / H(clusters): Rosenberg and Hirschberg, "V-Measure" (2007). 1 where there is one cluster.</remarks>
    public required double Completeness { get; init; }

    /// <summary>Gets the number of rows, at least 1.</summary>
    public required int Rows { get; init; }

    /// <summary>Gets the number of labels that occur, at least 1.</summary>
    public required int Labels { get; init; }

    /// <summary>Gets the number of clusters that occur, at least 1.</summary>
    public required int Clusters { get; init; }

    /// <summary>Compares the clusters of rows with their labels.</summary>
    /// <param name="labels">The label of each of N rows: any numbers.</param>
    /// <param name="clusters">The cluster of each of the N rows: any numbers, which need not match the labels'.</param>
    /// <exception cref="ArgumentException">There are no rows, or not as many clusters as labels.</exception>
    public static ClusteringAgreement Compare(ReadOnlySpan<int> labels, ReadOnlySpan<int> clusters)
    {
        if (labels.IsEmpty)
        {
            throw new ArgumentException("There are no labels. Give at least one row.", nameof(labels));
        }

        if (clusters.Length != labels.Length)
        {
            throw new ArgumentException(
                $"There are {clusters.Length} clusters, but {labels.Length} labels. Give each row the number of its cluster.",
                nameof(clusters));
        }

        var table = new ContingencyTable(labels, clusters);
        if (table.IsPerfect)
        {
            return Of(1, 1, 1, 1, 1);
        }

        double labelEntropy = table.LabelEntropy();
        double clusterEntropy = table.ClusterEntropy();
        double mean = (labelEntropy + clusterEntropy) / 2;
        double information = table.MutualInformation();
        double expected = table.ExpectedMutualInformation();
        return Of(
            Math.Min(information / mean, 1),
            (information - expected) / (mean - expected),
            table.AdjustedRandIndex(),
            labelEntropy == 0 ? 1 : Math.Min(information / labelEntropy, 1),
            clusterEntropy == 0 ? 1 : Math.Min(information / clusterEntropy, 1));

        ClusteringAgreement Of(double normalized, double adjusted, double rand, double homogeneity, double completeness) => new()
        {
            NormalizedMutualInformation = normalized,
            AdjustedMutualInformation = adjusted,
            AdjustedRandIndex = rand,
            Homogeneity = homogeneity,
            Completeness = completeness,
            Rows = table.RowCount,
            Labels = table.LabelCount,
            Clusters = table.ClusterCount,
        };
    }

    /// <summary>Compares two columns of a view.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="labelColumnName">The column of labels: keys, text, integers or floats, none missing.</param>
    /// <param name="clusterColumnName">The column of clusters: keys, text, integers or floats, none missing.</param>
    /// <param name="cancellationToken">Stops the reading, between two rows.</param>
    /// <remarks>The view is read once, into memory. The columns may be of two types: groups are compared, and not values.</remarks>
    /// <exception cref="ArgumentException">
    /// The view has no rows, a column is not found or of another type, or a label or cluster is missing.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ClusteringAgreement Compare(
        IDataView view,
        string labelColumnName = "Label",
        string clusterColumnName = "PredictedLabel",
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(view);
        DataViewSchema.Column labelColumn = EmbeddingColumns.Find(view.Schema, labelColumnName, "labels", nameof(labelColumnName));
        DataViewSchema.Column clusterColumn = EmbeddingColumns.Find(view.Schema, clusterColumnName, "clusters", nameof(clusterColumnName));

        DataViewSchema.Column? source = LabelReader.SourceOf(view.Schema, labelColumn);
        DataViewSchema.Column?[] needed = [labelColumn, clusterColumn, source];
        using DataViewRowCursor cursor = view.GetRowCursor(needed.OfType<DataViewSchema.Column>());
        Func<LabelValue> label = LabelReader.Create(cursor, labelColumn, nameof(labelColumnName), source);
        Func<LabelValue> cluster = LabelReader.Create(cursor, clusterColumn, nameof(clusterColumnName));
        var labelNumbers = new Dictionary<LabelValue, int>();
        var clusterNumbers = new Dictionary<LabelValue, int>();
        var labels = new List<int>();
        var clusters = new List<int>();
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            labels.Add(Number(labelNumbers, label()));
            clusters.Add(Number(clusterNumbers, cluster()));
        }

        if (labels.Count == 0)
        {
            throw new ArgumentException("The view has no rows.", nameof(view));
        }

        return Compare([.. labels], [.. clusters]);

        static int Number(Dictionary<LabelValue, int> numbers, LabelValue value)
        {
            numbers.TryAdd(value, numbers.Count);
            return numbers[value];
        }
    }

    /// <summary>Says the figures in one line.</summary>
    /// <returns>For example <c>NMI 0.9312, AMI 0.9310, ARI 0.9455 (10000 rows, 10 labels, 10 clusters)</c>.</returns>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"NMI {NormalizedMutualInformation:F4}, AMI {AdjustedMutualInformation:F4}, ARI {AdjustedRandIndex:F4} ")
        + string.Create(CultureInfo.InvariantCulture, $"({Rows} rows, {Labels} labels, {Clusters} clusters)");
}
