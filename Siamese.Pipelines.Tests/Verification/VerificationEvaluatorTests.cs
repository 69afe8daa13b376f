using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Verification;

namespace Siamese.Pipelines.Tests.Verification;

public sealed class VerificationEvaluatorTests
{
    // Python 3, scikit-learn 1.2.1 and SciPy 1.10.1:
    //   i = np.arange(150); same = ((i*37)%101)/64; diff = 0.75+((i*53)%97)/64
    //   y = np.r_[np.ones(150), np.zeros(150)]; s = -np.r_[same, diff]
    //   fpr, tpr, _ = roc_curve(y, s, drop_intermediate=False); roc_auc_score(y, s)
    //   brentq(lambda x: 1-x-interp1d(fpr, tpr)(x), 0, 1); tpr[fpr <= far].max() for far in (0, 0.01, 0.1, 0.5)
    [Test]
    public void Evaluate_gives_the_figures_of_scikit_learn()
    {
        VerificationMetrics metrics = VerificationEvaluator.Evaluate(Enumerable.Range(0, 150).SelectMany(Both));

        Assert.That(metrics.Auc, Is.EqualTo(0.854).Within(1e-12));
        Assert.That(metrics.EqualErrorRate, Is.EqualTo(0.27111111111111114).Within(1e-12));
        Assert.That(
            new[] { 0, 0.01, 0.1, 0.5 }.Select(metrics.TrueAcceptanceRateAt),
            Is.EqualTo(new[] { 0.48, 0.48, 0.5666666666666667, 0.9466666666666667 }).Within(1e-12));
        Assert.That((metrics.SamePairs, metrics.DifferentPairs), Is.EqualTo((150, 150)));
    }

    // With the same distances: the greatest accuracy over all distances as thresholds is 0.74, first at 0.734375 with 0.75 next; and with
    // fold i % 10 held out, its accuracy at the midpoint of the first best gap of the others:
    //   for f in range(10): tr = i%10 != f; c = np.unique(np.r_[same[tr], diff[tr]])
    //     k = np.argmax([(same[tr]<=t).sum()+(diff[tr]>t).sum() for t in c]); t = (c[k]+c[k+1])/2
    //     accs.append(((same[~tr]<=t).sum()+(diff[~tr]>t).sum())/30)
    //   np.mean(accs), np.std(accs, ddof=1)/np.sqrt(10)
    [Test]
    public void The_best_threshold_and_the_folds_are_those_of_NumPy()
    {
        VerificationPair[][] folds = [.. Enumerable.Range(0, 10).Select(fold =>
            Enumerable.Range(0, 150).Where(i => i % 10 == fold).SelectMany(Both).ToArray())];

        VerificationMetrics metrics = VerificationEvaluator.Evaluate(folds.SelectMany(pairs => pairs));
        CrossValidatedVerification validated = VerificationEvaluator.CrossValidate(folds);

        Assert.That(metrics.BestAccuracy, Is.EqualTo(0.74).Within(1e-12));
        Assert.That(metrics.BestThreshold, Is.EqualTo((0.734375f + 0.75f) / 2));
        Assert.That(validated.Accuracy, Is.EqualTo(0.6833333333333333).Within(1e-12));
        Assert.That(validated.StandardError, Is.EqualTo(0.014272480642961253).Within(1e-12));
        Assert.That(
            validated.Folds.Select(fold => fold.Threshold),
            Is.EqualTo(new[] { 0.8828125, 0.8828125, 1.0546875, 0.9921875, 1.1640625, 0.7421875, 0.7421875, 0.7421875, 0.7421875, 0.8984375 }));
        Assert.That(validated.ToString(), Is.EqualTo("0.6833 ± 0.0143 (10 folds)"));
    }

    [Test]
    public void Figures_agree_with_trying_every_threshold([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        VerificationPair[] pairs =
        [
            new(random.Next(20), true), new(random.Next(20), false),
            .. Enumerable.Range(0, random.Next(0, 60)).Select(_ => random.Next(2) == 0
                ? new VerificationPair(random.Next(14), true)
                : new VerificationPair(random.Next(6, 20), false)),
        ];
        float[] thresholds = [float.NegativeInfinity, .. pairs.Select(pair => pair.Distance).Distinct().Order()];

        VerificationMetrics metrics = VerificationEvaluator.Evaluate(pairs);

        Assert.That(metrics.BestAccuracy, Is.EqualTo(thresholds.Max(Accuracy)).Within(1e-12));
        Assert.That(Accuracy(metrics.BestThreshold), Is.EqualTo(metrics.BestAccuracy).Within(1e-12));
        Assert.That(thresholds.Where(threshold => threshold < metrics.BestThreshold && !float.IsNegativeInfinity(threshold)).SkipLast(1).Select(Accuracy), Is.All.LessThan(metrics.BestAccuracy));
        foreach (double rate in new[] { 0, 0.1, 0.35, 1 })
        {
            Assert.That(
                metrics.TrueAcceptanceRateAt(rate),
                Is.EqualTo(thresholds.Where(threshold => Accepted(threshold, false) <= rate).Max(threshold => Accepted(threshold, true))).Within(1e-12));
            Assert.That(Accepted(metrics.ThresholdAt(rate), true), Is.EqualTo(metrics.TrueAcceptanceRateAt(rate)).Within(1e-12));
            Assert.That(Accepted(metrics.ThresholdAt(rate), false), Is.LessThanOrEqualTo(rate));
        }

        // At the equal error rate's threshold the errors cross.
        Assert.That(Accepted(metrics.EqualErrorThreshold, false), Is.GreaterThanOrEqualTo(1 - Accepted(metrics.EqualErrorThreshold, true) - 1e-12));
        Assert.That(metrics.EqualErrorRate, Is.InRange(0, Accepted(metrics.EqualErrorThreshold, false) + 1e-12));

        double Accuracy(float threshold) => pairs.Average(pair => pair.IsSame == pair.Distance <= threshold ? 1.0 : 0);

        double Accepted(float threshold, bool same) => pairs.Where(pair => pair.IsSame == same).Average(pair => pair.Distance <= threshold ? 1.0 : 0);
    }

    [Test]
    public void Kinds_apart_are_told_without_error()
    {
        VerificationMetrics metrics = VerificationEvaluator.Evaluate([new(1, true), new(2, true), new(4, false), new(5, false)]);

        Assert.That((metrics.Auc, metrics.EqualErrorRate, metrics.BestAccuracy), Is.EqualTo((1.0, 0.0, 1.0)));
        Assert.That(metrics.BestThreshold, Is.EqualTo(3));
        Assert.That(metrics.TrueAcceptanceRateAt(0), Is.EqualTo(1));
        Assert.That(metrics.ThresholdAt(0), Is.EqualTo(2));
        Assert.That(metrics.ToString(), Is.EqualTo("AUC 1.0000, EER 0.0000, accuracy 1.0000 at 3 (2 pairs of one class, 2 of two)"));
    }

    [TestCase(2, 1)]
    [TestCase(1, 1)]
    public void Kinds_the_wrong_way_round_are_best_told_by_accepting_none(float same, float different)
    {
        VerificationMetrics metrics = VerificationEvaluator.Evaluate([new(same, true), new(different, false), new(different, false)]);

        Assert.That(metrics.BestAccuracy, Is.EqualTo(2 / 3.0).Within(1e-12));
        Assert.That(metrics.BestThreshold, Is.EqualTo(MathF.BitDecrement(1)));
        Assert.That(() => metrics.TrueAcceptanceRateAt(-0.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => metrics.TrueAcceptanceRateAt(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(metrics.TrueAcceptanceRateAt(0), Is.Zero);
        Assert.That(metrics.ThresholdAt(0), Is.EqualTo(float.NegativeInfinity));
    }

    [Test]
    public void All_pairs_of_a_view_are_measured()
    {
        Row[] rows = [new([0, 1], "a"), new([0, 2], "a"), new([3, 0], "b"), new([5, 0.1f], "b")];
        var ml = new MLContext(seed: 1);
        IDataView view = ml.Data.LoadFromEnumerable(rows, SchemaDefinition.Create(typeof(Row)).WithLength(2));

        VerificationMetrics euclidean = ml.MetricLearning.EvaluateVerification(view);
        VerificationMetrics cosine = ml.MetricLearning.EvaluateVerification(view, distance: DistanceMetric.Cosine);

        Assert.That((euclidean.SamePairs, euclidean.DifferentPairs), Is.EqualTo((2, 4)));
        Assert.That(euclidean.BestThreshold, Is.EqualTo((Math.Sqrt(4.01) + Math.Sqrt(10)) / 2).Within(1e-6));
        Assert.That(cosine.BestThreshold, Is.EqualTo((1 - (5 / Math.Sqrt(25.01)) + 1 - (0.1 / Math.Sqrt(25.01))) / 2).Within(1e-6));
    }

    [Test]
    public void Null_is_refused_by_name()
    {
        Assert.That(() => VerificationEvaluator.CrossValidate(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("folds"));
        Assert.That(() => VerificationEvaluator.Evaluate(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("pairs"));
        Assert.That(() => VerificationEvaluator.EvaluateAllPairs(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("view"));
    }

    [Test]
    public void A_distance_equal_to_the_threshold_is_accepted()
    {
        // Two parts that hold the same: the best threshold of one, between 1 and 2, and then at 2, decides the other.
        VerificationPair[] pairs = [new(1, true), new(3, false)];
        VerificationPair[] judged = [new(2, true), new(2, true), new(2, false), new(5, false)];

        CrossValidatedVerification validated = VerificationEvaluator.CrossValidate([judged, pairs]);

        Assert.That(validated.Folds[0].Threshold, Is.EqualTo(2));
        Assert.That(validated.Folds[0].Accuracy, Is.EqualTo(0.75));
    }

    [Test]
    public void Pairs_that_say_nothing_are_refused()
    {
        Assert.That(
            () => VerificationEvaluator.Evaluate([new(1, true)]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("pairs").And.Message.Contains("1 pairs of one class and 0 of two"));
        Assert.That(() => VerificationEvaluator.Evaluate([new(1, true), new(float.NaN, false)]), Throws.ArgumentException.With.Message.Contains("pair 1 is NaN"));
        Assert.That(() => VerificationEvaluator.CrossValidate([[new(1, true)]]), Throws.ArgumentException.With.Message.Contains("1 fold"));
        Assert.That(
            () => VerificationEvaluator.CrossValidate([[new(1, true), new(2, false)], []]), Throws.ArgumentException.With.Message.Contains("Fold 1 has no pairs"));
        Assert.That(
            () => VerificationEvaluator.Evaluate([new(1, true), new(2, false)]).ThresholdAt(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static VerificationPair[] Both(int i) => [new(i * 37 % 101 / 64f, true), new(0.75f + (i * 53 % 97 / 64f), false)];

    private sealed class Row(float[] embedding, string label)
    {
        public float[] Embedding { get; } = embedding;

        public string Label { get; } = label;
    }
}
