using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class ClusteringAgreementTests
{
    // Sums of logarithms, of few terms of order 1.
    private const double Rounding = 1e-12;

    private static readonly MLContext Ml = new(seed: 1);

    // Python 3, scikit-learn 1.2.1: normalized_mutual_info_score, adjusted_mutual_info_score, adjusted_rand_score, homogeneity_score and
    // completeness_score of
    //   [i * i % 7 for i in range(60)], [i * i * i % 11 // 2 for i in range(60)]
    //   [i // 6 for i in range(60)], [i // 5 for i in range(60)]
    [Test]
    public void Compare_gives_the_figures_of_scikit_learn()
    {
        ClusteringAgreement unrelated = ClusteringAgreement.Compare(
            [.. Enumerable.Range(0, 60).Select(i => i * i % 7)], [.. Enumerable.Range(0, 60).Select(i => i * i * i % 11 / 2)]);
        ClusteringAgreement related = ClusteringAgreement.Compare(
            [.. Enumerable.Range(0, 60).Select(i => i / 6)], [.. Enumerable.Range(0, 60).Select(i => i / 5)]);

        AssertFigures(
            unrelated, 0.02266918580511645, -0.07863847438121639, -0.044268893393159287, 0.026033059690539102, 0.02007516415532163);
        AssertFigures(related, 0.7985171214941077, 0.6731316591200819, 0.5594025797691785, 0.8301309118292407, 0.7692228852840968);
        Assert.That((unrelated.Rows, unrelated.Labels, unrelated.Clusters), Is.EqualTo((60, 4, 6)));
    }

    // The same functions of scikit-learn 1.2.1. Where every row is a group of its own it gives the adjusted mutual information 1, but 0 for
    // two or four rows, where its 0 / 0 happens to round so; here it is 1.
    [TestCase(new[] { 0 }, new[] { 0 }, 1, 1, 1, 1, 1)]
    [TestCase(new[] { 0, 0 }, new[] { 0, 0 }, 1, 1, 1, 1, 1)]
    [TestCase(new[] { 0, 1, 2 }, new[] { 0, 1, 2 }, 1, 1, 1, 1, 1)]
    [TestCase(new[] { 0, 1, 2, 3 }, new[] { 0, 1, 2, 3 }, 1, 1, 1, 1, 1)]
    [TestCase(new[] { 0, 0, 1, 1 }, new[] { 1, 1, 0, 0 }, 1, 1, 1, 1, 1)]
    [TestCase(new[] { 0, 0 }, new[] { 0, 1 }, 0, 0, 0, 1, 0)]
    [TestCase(new[] { 0, 0, 0, 0 }, new[] { 0, 1, 2, 3 }, 0, 0, 0, 1, 0)]
    [TestCase(new[] { 0, 1, 2, 3 }, new[] { 0, 0, 0, 0 }, 0, 0, 0, 0, 1)]
    [TestCase(new[] { 0, 0, 0 }, new[] { 0, 0, 1 }, 0, 0, 0, 1, 0)]
    [TestCase(new[] { 0, 0, 1, 1 }, new[] { 0, 1, 0, 1 }, 0, -0.5, -0.5, 0, 0)]
    [TestCase(new[] { 0, 0, 1, 2 }, new[] { 0, 0, 1, 1 }, 0.8, 0.5714285714285714, 0.5714285714285714, 0.6666666666666666, 1)]
    [TestCase(new[] { 0, 0, 1, 1 }, new[] { 0, 1, 2, 3 }, 0.6666666666666666, 0, 0, 1, 0.5)]
    [TestCase(new[] { 0, 0, 1, 2, 3 }, new[] { 0, 1, 2, 3, 4 }, 0.9057460992755193, 0, 0, 1, 0.8277293767706427)]
    public void Edge_cases_are_those_of_scikit_learn(
        int[] labels, int[] clusters, double normalized, double adjusted, double rand, double homogeneity, double completeness) =>
        AssertFigures(ClusteringAgreement.Compare(labels, clusters), normalized, adjusted, rand, homogeneity, completeness);

    [Test]
    public void Compare_agrees_with_counting_pairs_and_going_through_all_permutations([Range(1, 25)] int seed)
    {
        var random = new Random(seed);
        int count = random.Next(2, 6);

        // At least two groups each, and fewer than rows, so that no figure is 0 / 0.
        int[] labels = [0, 1, .. Groups(random, count, 3)];
        int[] clusters = [.. Groups(random, count, 3), 0, 1];
        double information = ExhaustiveClustering.MutualInformation(labels, clusters);
        double expected = ExhaustiveClustering.ExpectedMutualInformation(labels, clusters);
        double labelEntropy = ExhaustiveClustering.Entropy(labels);
        double clusterEntropy = ExhaustiveClustering.Entropy(clusters);
        double mean = (labelEntropy + clusterEntropy) / 2;

        AssertFigures(
            ClusteringAgreement.Compare(labels, clusters),
            information / mean,
            (information - expected) / (mean - expected),
            ExhaustiveClustering.AdjustedRandIndex(labels, clusters),
            information / labelEntropy,
            information / clusterEntropy);
    }

    [Test]
    public void Compare_agrees_with_counting_pairs_of_more_rows([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        int[] labels = Groups(random, 300, random.Next(2, 60));
        int[] clusters = Groups(random, 300, random.Next(2, 60));
        double information = ExhaustiveClustering.MutualInformation(labels, clusters);
        double mean = (ExhaustiveClustering.Entropy(labels) + ExhaustiveClustering.Entropy(clusters)) / 2;

        ClusteringAgreement agreement = ClusteringAgreement.Compare(labels, clusters);

        Assert.That(agreement.NormalizedMutualInformation, Is.EqualTo(information / mean).Within(Rounding));
        Assert.That(agreement.AdjustedRandIndex, Is.EqualTo(ExhaustiveClustering.AdjustedRandIndex(labels, clusters)).Within(Rounding));
    }

    // Python 3, scikit-learn 1.2.1, whose logarithms of factorials leave nine digits here:
    //   i = np.arange(100000)
    //   adjusted_mutual_info_score(np.minimum(i // 100, i * 7919 % 313), i // 317), adjusted_mutual_info_score(i // 40000, i * i % 97 // 40),
    //   and the other four
    [Test]
    public void Compare_gives_the_figures_of_scikit_learn_for_many_rows()
    {
        long[] rows = [.. Enumerable.Range(0, 100_000).Select(i => (long)i)];
        ClusteringAgreement small = ClusteringAgreement.Compare(
            Array.ConvertAll(rows, i => (int)Math.Min(i / 100, i * 7919 % 313)), Array.ConvertAll(rows, i => (int)(i / 317)));
        ClusteringAgreement large = ClusteringAgreement.Compare(
            Array.ConvertAll(rows, i => (int)(i / 40000)), Array.ConvertAll(rows, i => (int)(i * i % 97 / 40)));

        AssertFigures(
            small, 0.10691169309480669, 0.010140251410411999, 0.026039376752928327, 0.10714956310344574, 0.106674876880627, 1e-9);
        AssertFigures(
            large, 4.064691837278045e-09, -1.8933210589313704e-05, -1.6921541611535717e-05, 4.069520759471645e-09, 4.059874361568607e-09, 1e-9);
    }

    [Test]
    public void Random_clusters_have_adjusted_figures_of_0_on_average()
    {
        var random = new Random(2);
        ClusteringAgreement[] agreements =
        [
            .. Enumerable.Range(0, 200).Select(_ => ClusteringAgreement.Compare(Groups(random, 200, 10), Groups(random, 200, 20))),
        ];

        // Single figures spread by about 0.015 and 0.006: their mean by a fourteenth.
        Assert.That(agreements.Average(agreement => agreement.AdjustedMutualInformation), Is.Zero.Within(0.004));
        Assert.That(agreements.Average(agreement => agreement.AdjustedRandIndex), Is.Zero.Within(0.002));
        Assert.That(agreements.Average(agreement => agreement.NormalizedMutualInformation), Is.GreaterThan(0.1));
    }

    [Test]
    public void Numbers_of_groups_and_the_order_of_rows_say_nothing([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        int[] labels = Groups(random, 100, 7);
        int[] clusters = Groups(random, 100, 5);
        ClusteringAgreement expected = ClusteringAgreement.Compare(labels, clusters);
        int[] order = [.. Enumerable.Range(0, 100)];
        random.Shuffle(order);

        ClusteringAgreement shuffled = ClusteringAgreement.Compare(
            Array.ConvertAll(order, row => int.MinValue + (5 * labels[row])),
            Array.ConvertAll(order, row => int.MaxValue - (3 * clusters[row])));
        ClusteringAgreement swapped = ClusteringAgreement.Compare(clusters, labels);

        AssertFigures(
            shuffled,
            expected.NormalizedMutualInformation,
            expected.AdjustedMutualInformation,
            expected.AdjustedRandIndex,
            expected.Homogeneity,
            expected.Completeness);
        AssertFigures(
            swapped,
            expected.NormalizedMutualInformation,
            expected.AdjustedMutualInformation,
            expected.AdjustedRandIndex,
            expected.Completeness,
            expected.Homogeneity);
    }

    [Test]
    public void Compare_reads_the_clusters_of_KMeans()
    {
        // Two heaps that no clustering could miss, and one row in the wrong one.
        Row[] rows = [.. Enumerable.Range(0, 40).Select(i => new Row([i % 2 * 100, i], i % 2 == 0 || i == 7 ? "even" : "odd"))];
        IDataView view = Ml.Data.LoadFromEnumerable(rows);
        IDataView clustered = Ml.Clustering.Trainers.KMeans(new() { NumberOfClusters = 2, NumberOfThreads = 1 }).Fit(view).Transform(view);

        ClusteringAgreement agreement = Ml.MetricLearning.EvaluateClustering(clustered);

        Assert.That(clustered.Schema["PredictedLabel"].Type, Is.InstanceOf<KeyDataViewType>());
        Assert.That(agreement, Is.EqualTo(ClusteringAgreement.Compare(
            [.. Enumerable.Range(0, 40).Select(i => i % 2 == 0 || i == 7 ? 0 : 1)], [.. Enumerable.Range(0, 40).Select(i => i % 2)])));
        Assert.That(agreement.AdjustedRandIndex, Is.InRange(0.85, 0.95));
    }

    [Test]
    public void Compare_says_which_column_is_missing_and_which_row_has_no_cluster()
    {
        IDataView view = Ml.Data.LoadFromEnumerable<ClusterRow>([new("a", 1), new("b", float.NaN)]);

        Assert.That(
            () => ClusteringAgreement.Compare(view),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("clusterColumnName")
                .And.Message.Contains("Column 'PredictedLabel' was not found; the rows have 'Label', 'Cluster'."));
        Assert.That(
            () => ClusteringAgreement.Compare(view, "Class", "Cluster"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName"));
        Assert.That(
            () => ClusteringAgreement.Compare(view, "Label", "Cluster"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("clusterColumnName")
                .And.Message.Contains("Row 1 has a missing value (NaN)"));
    }

    [Test]
    public void Nothing_to_compare_is_refused()
    {
        Assert.That(
            () => ClusteringAgreement.Compare([], []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels").And.Message.Contains("no labels"));
        Assert.That(
            () => ClusteringAgreement.Compare([1, 2], [1]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("clusters").And.Message.Contains("1 clusters, but 2 labels"));
        Assert.That(
            () => ClusteringAgreement.Compare(Ml.Data.LoadFromEnumerable<ClusterRow>([]), "Label", "Cluster"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("view").And.Message.Contains("no rows"));
        Assert.That(() => ClusteringAgreement.Compare(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("view"));
    }

    [Test]
    public void Compare_can_be_cancelled() =>
        Assert.That(
            () => ClusteringAgreement.Compare(
                Ml.Data.LoadFromEnumerable<ClusterRow>([new("a", 1)]), "Label", "Cluster", new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void The_agreement_says_its_figures_in_one_line() =>
        Assert.That(
            ClusteringAgreement.Compare([0, 0, 1, 2], [0, 0, 1, 1]).ToString(),
            Is.EqualTo("NMI 0.8000, AMI 0.5714, ARI 0.5714 (4 rows, 3 labels, 2 clusters)"));

    private static void AssertFigures(
        ClusteringAgreement agreement,
        double normalized,
        double adjusted,
        double rand,
        double homogeneity,
        double completeness,
        double tolerance = Rounding)
    {
        Assert.That(agreement.NormalizedMutualInformation, Is.EqualTo(normalized).Within(tolerance));
        Assert.That(agreement.AdjustedMutualInformation, Is.EqualTo(adjusted).Within(tolerance));
        Assert.That(agreement.AdjustedRandIndex, Is.EqualTo(rand).Within(tolerance));
        Assert.That(agreement.Homogeneity, Is.EqualTo(homogeneity).Within(tolerance));
        Assert.That(agreement.Completeness, Is.EqualTo(completeness).Within(tolerance));
    }

    private static int[] Groups(Random random, int count, int groups) => [.. Enumerable.Range(0, count).Select(_ => random.Next(groups))];

    private sealed class Row(float[] features, string label)
    {
        [VectorType(2)]
        public float[] Features { get; } = features;

        public string Label { get; } = label;
    }

    private sealed class ClusterRow(string label, float cluster)
    {
        public string Label { get; } = label;

        public float Cluster { get; } = cluster;
    }
}
