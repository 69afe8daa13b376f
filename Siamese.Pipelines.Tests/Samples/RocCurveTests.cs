using Siamese.Samples.Shared;

namespace Siamese.Pipelines.Tests.Samples;

public sealed class RocCurveTests
{
    [Test]
    public void Auroc_is_the_share_of_pairs_in_the_right_order([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        int[] negatives = [.. Enumerable.Range(0, 30).Select(_ => random.Next(12))];
        int[] positives = [.. Enumerable.Range(0, 20).Select(_ => 4 + random.Next(12))];
        int[] thresholds = [.. Enumerable.Range(0, 18).Select(i => 17 - i)];
        double[] falsePositive = [.. thresholds.Select(threshold => negatives.Count(score => score >= threshold) / 30.0)];
        double[] truePositive = [.. thresholds.Select(threshold => positives.Count(score => score >= threshold) / 20.0)];

        double pairs = negatives
            .SelectMany(negative => positives.Select(positive => positive > negative ? 1 : positive == negative ? 0.5 : 0))
            .Average();

        Assert.That(new RocCurve("curve", falsePositive, truePositive).Auroc, Is.EqualTo(pairs).Within(1e-12));
    }

    [Test]
    public void Rates_out_of_order_or_range_are_refused()
    {
        Assert.That(
            () => new RocCurve("a", [0, 0.5, 0.4], [0, 1, 1]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("falsePositiveRates").And.Message.Contains("Rate 2 is 0.4"));
        Assert.That(
            () => new RocCurve("a", [0, 1], [0, 1.5]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("truePositiveRates"));
        Assert.That(() => new RocCurve("a", [0, 1], [0, double.NaN]), Throws.ArgumentException);
        Assert.That(
            () => new RocCurve("a", [0, 1], [0, 0.5, 1]),
            Throws.ArgumentException.With.Message.Contains("3 true positive rates, but 2 false positive rates"));
        Assert.That(() => new RocCurve("a", [0], [0]), Throws.ArgumentException.With.Message.Contains("at least 2"));
    }
}
