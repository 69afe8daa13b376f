using Siamese.Pipelines.Rejection;

namespace Siamese.Pipelines.Tests.Rejection;

public sealed class RejectionThresholdTests
{
    [TestCase(0.1, 90)]
    [TestCase(0.01, 99)]
    [TestCase(0.5, 50)]
    [TestCase(0.019, 99)]
    public void A_false_rejection_rate_takes_the_smallest_threshold_that_keeps_to_it(double rate, int expected)
    {
        // 1 to 100: above a threshold of 90 are ten of them.
        float[] scores = [.. Enumerable.Range(1, 100).Select(value => (float)value)];

        Assert.That(RejectionThreshold.FalseRejectionRate(rate).Place(scores, [], "rows"), Is.EqualTo(expected));
    }

    [TestCase(0.1, 91)]
    [TestCase(0.01, 100)]
    [TestCase(0.5, 51)]
    public void A_conformal_threshold_counts_the_row_itself(double rate, int expected)
    {
        // ⌈101 × 0.9⌉ = 91.
        float[] scores = [.. Enumerable.Range(1, 100).Select(value => (float)value)];

        Assert.That(RejectionThreshold.Conformal(rate).Place(scores, [], "rows"), Is.EqualTo(expected));
    }

    [Test]
    public void Whole_products_of_rate_and_rows_are_not_lost_to_rounding([Values(100, 200, 300, 700, 2900)] int count)
    {
        float[] scores = [.. Enumerable.Range(1, count).Select(value => (float)value)];

        Assert.That(RejectionThreshold.FalseRejectionRate(0.01).Place(scores, [], "rows"), Is.EqualTo(count - (count / 100)));
    }

    // As float64 0.29 × 100 is 28.999…, and 100 × (1 − 0.45) is 55.000…1; what is a little less than a whole number for other reasons stays less.
    [TestCase(0.29, 100, 71)]
    [TestCase(0.57, 100, 43)]
    [TestCase(0.0299999, 100, 98)]
    [TestCase(0.00999999, 300, 298)]
    public void The_margin_of_a_false_rejection_rate_is_that_of_rounding_alone(double rate, int count, float expected) => Assert.That(
        RejectionThreshold.FalseRejectionRate(rate).Place([.. Enumerable.Range(1, count).Select(value => (float)value)], [], "rows"), Is.EqualTo(expected));

    [TestCase(0.45, 99, 55)]
    [TestCase(0.42, 99, 58)]
    [TestCase(0.4499999, 99, 56)]
    public void The_margin_of_a_conformal_threshold_is_that_of_rounding_alone(double rate, int count, float expected) => Assert.That(
        RejectionThreshold.Conformal(rate).Place([.. Enumerable.Range(1, count).Select(value => (float)value)], [], "rows"), Is.EqualTo(expected));

    [Test]
    public void Ties_at_the_threshold_are_kept()
    {
        float[] scores = [1, 2, 2, 2, 2, 2, 2, 2, 2, 3];

        Assert.That(RejectionThreshold.FalseRejectionRate(0.2).Place(scores, [], "rows"), Is.EqualTo(2));
    }

    [TestCase(0.01, 99, "100 rows", "99")]
    [TestCase(0.3, 3, "4 rows", "3")]
    public void Too_few_rows_for_a_rate_are_refused_with_how_many_it_takes(double rate, int count, string needed, string found) => Assert.That(
        () => RejectionThreshold.FalseRejectionRate(rate).Place(new float[count], [], "rows"),
        Throws.ArgumentException.With.Message.Contains(needed).And.Message.Contains($"there are {found}"));

    [TestCase(0.01, 98, 99)]
    [TestCase(0.3, 2, 3)]
    public void Conformal_needs_one_row_less(double rate, int tooFew, int enough)
    {
        Assert.That(() => RejectionThreshold.Conformal(rate).Place(new float[tooFew], [], "rows"), Throws.ArgumentException.With.Message.Contains($"{enough} rows"));
        Assert.That(() => RejectionThreshold.Conformal(rate).Place(new float[enough], [], "rows"), Throws.Nothing);
    }

    [Test]
    public void The_best_separation_is_that_of_every_threshold_tried([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        float[] known = [.. Enumerable.Range(0, 30).Select(_ => (float)random.Next(12)).Order()];
        float[] unknown = [.. Enumerable.Range(0, 20).Select(_ => (float)(random.Next(12) + 4)).Order()];
        double Sum(float threshold) => known.Average(score => score <= threshold ? 1.0 : 0) + unknown.Average(score => score > threshold ? 1.0 : 0);

        float placed = RejectionThreshold.BestSeparation().Place(known, unknown, "rows");

        Assert.That(Sum(placed), Is.EqualTo(known.Max(Sum)).Within(1e-12));
        Assert.That(placed, Is.EqualTo(known.Where(threshold => Sum(threshold) >= known.Max(Sum) - 1e-12).Max()));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(double.NaN)]
    public void A_rate_that_is_no_share_is_refused(double rate)
    {
        Assert.That(() => RejectionThreshold.FalseRejectionRate(rate), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("rate is"));
        Assert.That(() => RejectionThreshold.Conformal(rate), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void NaN_is_no_threshold() => Assert.That(() => RejectionThreshold.Fixed(float.NaN), Throws.ArgumentException.With.Message.Contains("NaN"));

    [Test]
    public void A_conformal_threshold_keeps_its_promise_over_many_draws([Values(9, 19, 50)] int count)
    {
        const double Rate = 0.1;
        var random = new Random(count);
        int rejected = 0;
        const int Draws = 20_000;
        for (int draw = 0; draw < Draws; draw++)
        {
            float[] scores = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle()).Order()];
            rejected += random.NextSingle() > RejectionThreshold.Conformal(Rate).Place(scores, [], "rows") ? 1 : 0;
        }

        // Three standard errors of a share of 0.1 over the draws.
        Assert.That((double)rejected / Draws, Is.LessThan(Rate + 0.0064).And.GreaterThan(Rate - (1.0 / (count + 1)) - 0.0064));
    }
}
