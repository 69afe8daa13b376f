using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

/// <summary>
/// The distance to the k-th nearest of the rows that were learned from: at least 0. Where examples of the unknown are given, a share of the
/// distance to the k-th nearest of those is taken off, and the score may be any number.
/// </summary>
/// <remarks>
/// Sun et al., Out-of-Distribution Detection with Deep Nearest Neighbors, 2022; with examples of the unknown as in Hendrycks, Mazeika
/// and Dietterich, Deep Anomaly Detection with Outlier Exposure, 2019, though here the network stays as it is.
/// </remarks>
public sealed record NeighborDistanceScore : UnknownScore
{
    /// <summary>Gets k.</summary>
    /// <value>
    /// The default is 5. Rows that were held out often have a twin among those that were learned from, such as another digit of the same
    /// writer, which rows to come have not: at k = 1 a threshold that they place rejects more than it was asked to.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Neighbors { get; init => field = Guard.AtLeast(value, 1); } = 5;

    /// <summary>Gets whether distances are measured in whitened features: the Mahalanobis distance of the covariance that all classes share.</summary>
    /// <value>
    /// The default is <see langword="true"/>. It makes little difference on embeddings that triplet loss has shaped already, and much on the
    /// hidden layer of a network.
    /// </value>
    public bool Whiten { get; init; } = true;

    /// <summary>Gets the weight of a sphere of the same trace in that covariance.</summary>
    /// <value>In [0, 1]. The default, null, takes the one of least expected error, as <see cref="MahalanobisScore.Shrinkage"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public double? Shrinkage { get; init => field = value is { } weight ? Guard.InRange(weight, 0.0, 1.0) : null; }

    /// <summary>Gets the most rows that are kept to compare with, drawn by the seed; of the examples of the unknown as many.</summary>
    /// <value>The default is 10,000. Each costs 8 D bytes in the saved model, 4 D without <see cref="Whiten"/>, and 2 D operations for
    /// every row that is scored.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaximumReferences { get; init => field = Guard.AtLeast(value, 1); } = 10_000;

    /// <summary>Gets w in d(known) − w d(unknown), where examples of the unknown are given.</summary>
    /// <value>
    /// In [0, 1]. The default is 0.5: at 0 the examples count for nothing, and at 1 something that is far from both the known and the examples
    /// is as good as known.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public float OutlierWeight { get; init => field = Guard.InRange(value, 0f, 1f); } = 0.5f;

    /// <inheritdoc/>
    public override string Name => "neighbor-distance";

    internal override ScoreInput Input => ScoreInput.Features;

    internal override bool LearnsFromRows => true;

    internal override bool NeedsLabels => Whiten;

    internal override bool LearnsFromOutliers => OutlierWeight > 0;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        Whitening? whitening = Whiten ? Whitening.Fit(rows.Known, Shrinkage) : null;
        string features = whitening?.Write(graph, input) ?? DistanceNodes.ToDouble(graph, input, "rows");
        string known = Nearest(graph, features, "references", rows.Known, whitening, rows.Seed);
        if (rows.Outliers is null || OutlierWeight == 0)
        {
            return known;
        }

        string unknown = Nearest(graph, features, "outliers", rows.Outliers, whitening, rows.Seed);
        return graph.Node("Sub", [known, graph.Node("Mul", [unknown, graph.Initializer("outlier_weight", [OutlierWeight], 1)])]);
    }

    private string Nearest(OnnxGraphBuilder graph, string features, string name, FeatureRows rows, Whitening? whitening, int seed)
    {
        FeatureRows kept = rows;
        if (rows.Count > MaximumReferences)
        {
            int[] order = [.. Enumerable.Range(0, rows.Count)];
            new Random(seed).Shuffle(order);
            Array.Resize(ref order, MaximumReferences);
            Array.Sort(order);
            kept = rows.Select(order);
        }

        double[] points = [.. kept.Values.Select(value => (double)value)];
        points = whitening?.Apply(points) ?? points;
        return DistanceNodes.ToNearest(graph, features, name, points, rows.Width, Math.Min(Neighbors, kept.Count));
    }
}
