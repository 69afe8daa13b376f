using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Rejection;

/// <summary>Each score as it comes out of the fitted chain, against its formula.</summary>
public sealed class UnknownScoreTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly FeatureRow[] _known = FeatureRow.Known(90, seed: 1);
    private readonly FeatureRow[] _asked = [.. FeatureRow.Known(20, seed: 2), .. FeatureRow.Unknown(20, seed: 3)];

    private float[][] Rows => [.. _known.Select(row => row.Features)];

    private string[] Labels => [.. _known.Select(row => row.Label)];

    [Test]
    public void Gini_coefficients_are_those_of_the_double_sum()
    {
        float[] lessPeaked = Score(UnknownScore.Gini, "Probabilities");
        float[] morePeaked = Score(new GiniScore { Direction = GiniDirection.MorePeaked }, "Probabilities");

        double[] expected = [.. _asked.Select(row => ObviousUnknownScores.Gini(row.Probabilities))];
        Assert.That(morePeaked, Is.EqualTo(expected).Within(1e-6));
        Assert.That(lessPeaked, Is.EqualTo(expected.Select(value => 1 - value)).Within(1e-6));
    }

    [TestCase(new[] { 1f, 0f, 0f }, 2.0 / 3)]
    [TestCase(new[] { 0.5f, 0.5f, 0f }, 1.0 / 3)]
    [TestCase(new[] { 0.25f, 0.5f, 0.25f }, 1.0 / 6)]
    public void Gini_coefficients_can_be_read_off(float[] probabilities, double expected)
    {
        foreach (FeatureRow row in _asked)
        {
            row.Probabilities = probabilities;
        }

        Assert.That(Score(new GiniScore { Direction = GiniDirection.MorePeaked }, "Probabilities"), Has.All.EqualTo(expected).Within(1e-6));
    }

    [Test]
    public void Maximum_probability_is_taken_from_1() => Assert.That(
        Score(UnknownScore.MaximumProbability, "Probabilities"),
        Is.EqualTo(_asked.Select(row => 1 - row.Probabilities.Max())).Within(1e-6f));

    [Test]
    public void Entropy_is_in_nats_and_takes_zeros()
    {
        _asked[0].Probabilities = [1, 0, 0];
        _asked[1].Probabilities = [0.5f, 0.5f, 0];

        float[] scores = Score(UnknownScore.Entropy, "Probabilities");

        Assert.That(scores, Is.EqualTo(_asked.Select(row => ObviousUnknownScores.Entropy(row.Probabilities))).Within(1e-6));
        Assert.That(scores[0], Is.Zero.Within(1e-6f));
        Assert.That(scores[1], Is.EqualTo(Math.Log(2)).Within(1e-6));
    }

    [TestCase(1f)]
    [TestCase(2.5f)]
    public void Energy_of_given_scores_is_that_of_the_formula(float temperature) => Assert.That(
        Score(new EnergyScore { FromScores = true, Temperature = temperature }, "Features"),
        Is.EqualTo(_asked.Select(row => -temperature * Math.Log(row.Features.Sum(value => Math.Exp(value / temperature))))).Within(1e-5));

    [Test]
    public void Energy_of_features_is_that_of_the_softmax_classifier()
    {
        IDataView keyed = FeatureRow.Keyed(_ml, _known);
        MaximumEntropyModelParameters model = new MLContext(seed: 0).MetricLearning.SoftmaxClassifier("Key").Fit(keyed).Model;
        VBuffer<float>[]? weights = null;
        model.GetWeights(ref weights, out _);
        float[] biases = [.. model.GetBiases()];

        float[] scores = Score(UnknownScore.Energy, threshold: RejectionThreshold.Fixed(0));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => -Math.Log(weights
            .Select((weight, label) => Math.Exp(biases[label] + weight.DenseValues().Zip(row.Features, (a, b) => (double)a * b).Sum()))
            .Sum()))).Within(0.05), "SDCA draws its rows: two runs end near each other");
    }

    [Test]
    public void Prototype_distance_is_that_to_the_nearest_mean()
    {
        double[][] means = ObviousUnknownScores.Means(Rows, Labels);

        float[] scores = Score(UnknownScore.PrototypeDistance, threshold: RejectionThreshold.Fixed(1));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => means.Min(mean => ObviousUnknownScores.Distance(row.Features, mean)))).Within(1e-4));
    }

    [Test]
    public void Cosine_prototype_distance_is_1_minus_the_cosine_to_the_nearest_mean()
    {
        double[][] means = ObviousUnknownScores.Means(Rows, Labels);
        static double Norm(IEnumerable<double> x) => Math.Sqrt(x.Sum(value => value * value));

        float[] scores = Score(new PrototypeDistanceScore { Distance = DistanceMetric.Cosine }, threshold: RejectionThreshold.Fixed(1));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => means.Min(mean =>
            1 - (row.Features.Zip(mean, (a, b) => a * b).Sum() / (Norm(row.Features.Select(value => (double)value)) * Norm(mean)))))).Within(1e-5));
    }

    [TestCase(1)]
    [TestCase(4)]
    [TestCase(500)]
    public void Neighbour_distance_is_that_to_the_kth_nearest_row(int neighbors)
    {
        float[] scores = Score(new NeighborDistanceScore { Neighbors = neighbors, Whiten = false }, threshold: RejectionThreshold.Fixed(1));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => Rows
            .Select(known => ObviousUnknownScores.Distance(row.Features, known.Select(value => (double)value)))
            .Order().ElementAt(Math.Min(neighbors, Rows.Length) - 1))).Within(1e-3), "squares of about 25 are taken from each other");
    }

    [TestCase(0.0)]
    [TestCase(0.3)]
    [TestCase(1.0)]
    public void Mahalanobis_distance_is_that_of_the_inverted_covariance(double shrinkage)
    {
        double[][] means = ObviousUnknownScores.Means(Rows, Labels);
        double[,] covariance = ObviousUnknownScores.Shrink(ObviousUnknownScores.SharedCovariance(Rows, Labels), shrinkage);

        float[] scores = Score(new MahalanobisScore { Shrinkage = shrinkage }, threshold: RejectionThreshold.Fixed(1));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => means.Min(mean => ObviousUnknownScores.Mahalanobis(row.Features, mean, covariance)))).Within(1e-3));
    }

    [Test]
    public void Whitened_neighbour_distance_is_the_Mahalanobis_distance_to_the_nearest_row()
    {
        double[,] covariance = ObviousUnknownScores.Shrink(ObviousUnknownScores.SharedCovariance(Rows, Labels), 0.1);

        float[] scores = Score(new NeighborDistanceScore { Neighbors = 1, Shrinkage = 0.1 }, threshold: RejectionThreshold.Fixed(1));

        Assert.That(scores, Is.EqualTo(_asked.Select(row => Rows.Min(known =>
            ObviousUnknownScores.Mahalanobis(row.Features, [.. known.Select(value => (double)value)], covariance)))).Within(5e-3));
    }

    [Test]
    public void Examples_of_the_unknown_bring_what_is_near_them_nearer_to_the_unknown()
    {
        FeatureRow[] examples = FeatureRow.Unknown(30, seed: 9);
        var score = new NeighborDistanceScore { Neighbors = 1, Whiten = false, OutlierWeight = 0.25f };
        using RejectUnknownTransformer rejecter = _ml.MetricLearning.RejectUnknown(score, RejectionThreshold.Fixed(1)).Fit(
            FeatureRow.View(_ml, _known), FeatureRow.View(_ml, FeatureRow.Known(30, seed: 8)), FeatureRow.View(_ml, examples));

        float[] scores = [.. rejecter.Transform(FeatureRow.View(_ml, _asked)).GetColumn<float>("UnknownScore")];

        double Nearest(FeatureRow row, IEnumerable<FeatureRow> others) =>
            others.Min(other => ObviousUnknownScores.Distance(row.Features, other.Features.Select(value => (double)value)));
        Assert.That(scores, Is.EqualTo(_asked.Select(row => Nearest(row, _known) - (0.25 * Nearest(row, examples)))).Within(1e-3));
        Assert.That(rejecter.Calibration.OutlierRows, Is.EqualTo(30));
    }

    [Test]
    public void No_more_references_are_kept_than_allowed()
    {
        using RejectUnknownTransformer few = Fit(new NeighborDistanceScore { Neighbors = 1, Whiten = false, MaximumReferences = 5 }, RejectionThreshold.Fixed(1));
        float[] scores = [.. few.Transform(FeatureRow.View(_ml, _known)).GetColumn<float>("UnknownScore")];

        Assert.That(scores.Count(score => score < 1e-2), Is.EqualTo(5), "a row is at no distance from itself alone");
    }

    [Test]
    public void Scores_name_themselves_differently()
    {
        UnknownScore[] all =
        [
            UnknownScore.Gini, new GiniScore { Direction = GiniDirection.MorePeaked }, UnknownScore.MaximumProbability, UnknownScore.Entropy, UnknownScore.Energy,
            new EnergyScore { FromScores = true }, UnknownScore.PrototypeDistance, UnknownScore.NeighborDistance, UnknownScore.Mahalanobis,
        ];

        Assert.That(all.Select(score => score.Name), Is.Unique);
    }

    private float[] Score(UnknownScore score, string? column = null, RejectionThreshold? threshold = null)
    {
        using RejectUnknownTransformer rejecter = Fit(score, threshold ?? RejectionThreshold.Fixed(0.5f), column ?? "Features");
        return [.. rejecter.Transform(FeatureRow.View(_ml, _asked)).GetColumn<float>("UnknownScore")];
    }

    private RejectUnknownTransformer Fit(UnknownScore score, RejectionThreshold threshold, string column = "Features") =>
        _ml.MetricLearning.RejectUnknown(score, threshold, new() { ScoreColumnName = column, FeatureColumnName = column }).Fit(FeatureRow.View(_ml, _known));
}
