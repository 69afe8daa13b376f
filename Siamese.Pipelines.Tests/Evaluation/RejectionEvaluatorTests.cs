using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RejectionEvaluatorTests
{
    // Both ways sum the same shares, in another order.
    private const double Rounding = 1e-12;

    private static readonly RejectionEvaluationOptions WithoutIntervals = new() { BootstrapSamples = 0 };

    [Test]
    public void Evaluate_agrees_with_the_definitions([Range(1, 40)] int seed, [Values(1, 5, 1000)] int distinct)
    {
        var random = new Random(seed);
        float[] known = Scores(random, random.Next(1, 120), distinct, 0);
        float[] unknown = Scores(random, random.Next(1, 120), distinct, 0.2f);
        bool[] correct = Flags(random, known.Length, 0.8);
        bool[] knownRejected = Flags(random, known.Length, 0.1);
        bool[] unknownRejected = Flags(random, unknown.Length, 0.7);
        knownRejected[0] = false;

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, unknown, correct, knownRejected, unknownRejected, WithoutIntervals);

        Assert.That(metrics.Auroc, Is.EqualTo(ThresholdScan.Auroc(known, unknown)).Within(Rounding));
        Assert.That(metrics.AuprUnknown, Is.EqualTo(ThresholdScan.AveragePrecision(unknown, known)).Within(Rounding));
        Assert.That(metrics.AuprKnown, Is.EqualTo(ThresholdScan.AveragePrecision(Negated(known), Negated(unknown))).Within(Rounding));
        Assert.That(metrics.FalsePositiveRateAt95, Is.EqualTo(ThresholdScan.FalsePositiveRateAt95(known, unknown)).Within(Rounding));
        Assert.That(metrics.Oscr, Is.EqualTo(ThresholdScan.Oscr(known, correct, unknown)).Within(Rounding));
        Assert.That(metrics.ShareOfKnownKept, Is.EqualTo(knownRejected.Average(rejected => rejected ? 0.0 : 1.0)).Within(Rounding));
        Assert.That(metrics.ShareOfUnknownRejected, Is.EqualTo(unknownRejected.Average(rejected => rejected ? 1.0 : 0.0)).Within(Rounding));
        Assert.That(
            metrics.AccuracyOfKept,
            Is.EqualTo(correct.Where((_, row) => !knownRejected[row]).Average(right => right ? 1.0 : 0.0)).Within(Rounding));
        Assert.That((metrics.KnownCount, metrics.UnknownCount), Is.EqualTo((known.Length, unknown.Length)));
        Assert.That(metrics.Intervals, Is.Null);
    }

    // Python 3, numpy, scikit-learn 1.2.1:
    //   known = np.array([i * 37 % 101 for i in range(80)], float)
    //   unknown = np.array([30.0 + i * 53 % 97 for i in range(60)])
    //   scores = np.r_[known, unknown]; is_unknown = np.r_[np.zeros(80), np.ones(60)]
    //   roc_auc_score(is_unknown, scores); average_precision_score(is_unknown, scores); average_precision_score(1 - is_unknown, -scores)
    //   fpr, tpr, _ = roc_curve(1 - is_unknown, -scores, drop_intermediate=False); fpr[np.argmax(tpr >= 0.95)]
    [Test]
    public void Evaluate_gives_the_figures_of_scikit_learn()
    {
        float[] known = [.. Enumerable.Range(0, 80).Select(i => (float)(i * 37 % 101))];
        float[] unknown = [.. Enumerable.Range(0, 60).Select(i => (float)(30 + (i * 53 % 97)))];

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, unknown, options: WithoutIntervals);

        Assert.That(known.Concat(unknown).Distinct().Count(), Is.EqualTo(104), "There are ties.");
        Assert.That(metrics.Auroc, Is.EqualTo(0.7229166666666667).Within(Rounding));
        Assert.That(metrics.AuprUnknown, Is.EqualTo(0.6950104775306054).Within(Rounding));
        Assert.That(metrics.AuprKnown, Is.EqualTo(0.7975756636345483).Within(Rounding));
        Assert.That(metrics.FalsePositiveRateAt95, Is.EqualTo(0.7166666666666667).Within(Rounding));
    }

    [Test]
    public void Evaluate_gives_the_figures_worked_by_hand()
    {
        // By score: known 1 (right), known 2 (wrong), both 3 (right), unknown 4; the threshold rejects what is above 2.
        RejectionMetrics metrics = RejectionEvaluator.Evaluate(
            new float[] { 1, 2, 3 }, new float[] { 3, 4 }, [true, false, true], [false, false, true], [true, true], WithoutIntervals);

        Assert.That(metrics, Is.EqualTo(new RejectionMetrics
        {
            Auroc = (2.5 + 3) / 6,
            AuprUnknown = (1 + (2.0 / 3)) / 2,
            AuprKnown = (1 + 1 + (3.0 / 4)) / 3,
            FalsePositiveRateAt95 = 1.0 / 2,
            Oscr = (1.5 + 2) / 6,
            ShareOfKnownKept = 2.0 / 3,
            ShareOfUnknownRejected = 1,
            AccuracyOfKept = 1.0 / 2,
            KnownCount = 3,
            UnknownCount = 2,
            Intervals = null,
        }));
    }

    [Test]
    public void Scores_that_are_all_equal_say_nothing()
    {
        RejectionMetrics metrics = RejectionEvaluator.Evaluate(new float[30], new float[10], new bool[30]);

        Assert.That(metrics.Auroc, Is.EqualTo(0.5));
        Assert.That(metrics.AuprUnknown, Is.EqualTo(0.25));
        Assert.That(metrics.AuprKnown, Is.EqualTo(0.75));
        Assert.That(metrics.FalsePositiveRateAt95, Is.EqualTo(1));
        Assert.That(metrics.Oscr, Is.Zero);
        Assert.That(metrics.Intervals!.Auroc, Is.EqualTo(new ConfidenceInterval(0.5, 0.5)));
    }

    [Test]
    public void An_interval_lies_between_quantiles_of_the_samples([Range(1, 8)] int seed)
    {
        // Of three samples, half of the confidence is from a quarter to three quarters: halfway from the middle one to each of the others.
        var random = new Random(seed);
        float[] known = [.. Enumerable.Range(0, 12).Select(_ => random.NextSingle())];
        float[] unknown = [.. Enumerable.Range(0, 9).Select(_ => random.NextSingle() + 0.3f)];
        ConfidenceInterval Interval(double confidence) => RejectionEvaluator.Evaluate(
            known, unknown, options: new() { BootstrapSamples = 3, Confidence = confidence, Seed = seed }).Intervals!.Auroc;

        ConfidenceInterval half = Interval(0.5);
        ConfidenceInterval all = Interval(1 - 1e-12);
        ConfidenceInterval middle = Interval(1e-12);

        Assert.That(half.Lower, Is.EqualTo((all.Lower + middle.Lower) / 2).Within(1e-9));
        Assert.That(half.Upper, Is.EqualTo((all.Upper + middle.Upper) / 2).Within(1e-9));
        Assert.That(all.Lower, Is.LessThanOrEqualTo(middle.Lower));
    }

    [TestCase(1f, 2f, 1.0, 1.0, 0.0)]
    [TestCase(2f, 1f, 0.0, 0.5, 1.0)]
    [TestCase(1f, 1f, 0.5, 0.5, 1.0)]
    [TestCase(-0f, 0f, 0.5, 0.5, 1.0)]
    [TestCase(float.NegativeInfinity, float.PositiveInfinity, 1.0, 1.0, 0.0)]
    [TestCase(float.PositiveInfinity, float.PositiveInfinity, 0.5, 0.5, 1.0)]
    [TestCase(float.PositiveInfinity, float.MaxValue, 0.0, 0.5, 1.0)]
    public void One_row_of_each_kind_is_enough(float known, float unknown, double auroc, double aupr, double falsePositiveRate)
    {
        RejectionMetrics metrics = RejectionEvaluator.Evaluate([known], [unknown], [true]);

        Assert.That(metrics.Auroc, Is.EqualTo(auroc));
        Assert.That(metrics.AuprUnknown, Is.EqualTo(aupr));
        Assert.That(metrics.AuprKnown, Is.EqualTo(aupr));
        Assert.That(metrics.FalsePositiveRateAt95, Is.EqualTo(falsePositiveRate));
        Assert.That(metrics.Oscr, Is.EqualTo(auroc));
        Assert.That(metrics.Intervals!.Auroc, Is.EqualTo(new ConfidenceInterval(auroc, auroc)));
    }

    [TestCase(20, 19)]
    [TestCase(380, 361)]
    [TestCase(21, 20)]
    [TestCase(10, 10)]
    [TestCase(1, 1)]
    public void Exactly_95_percent_are_enough(int count, int kept)
    {
        // Known rows at 0, 1, …; one unknown row between each two of them.
        float[] known = [.. Enumerable.Range(0, count).Select(i => (float)i)];
        float[] unknown = [.. Enumerable.Range(0, count).Select(i => i + 0.5f)];

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, unknown, options: WithoutIntervals);

        Assert.That(metrics.FalsePositiveRateAt95, Is.EqualTo((kept - 1.0) / count));
    }

    [Test]
    public void Figures_do_not_depend_on_the_scale_or_the_order([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        float[] known = Scores(random, 50, 20, 0);
        float[] unknown = Scores(random, 40, 20, 0.3f);
        bool[] correct = Flags(random, 50, 0.7);
        RejectionMetrics expected = RejectionEvaluator.Evaluate(known, unknown, correct, options: WithoutIntervals);

        float[] stretched = Array.ConvertAll(known, score => MathF.Exp(5 * score));
        float[] shuffled = Array.ConvertAll(unknown, score => MathF.Exp(5 * score));
        random.Shuffle(shuffled);

        Assert.That(RejectionEvaluator.Evaluate(stretched, shuffled, correct, options: WithoutIntervals), Is.EqualTo(expected));
    }

    [Test]
    public void The_open_set_rate_exceeds_neither_the_ROC_area_nor_the_accuracy([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        float[] known = Scores(random, 80, 30, 0);
        float[] unknown = Scores(random, 50, 30, 0.5f);
        bool[] correct = Flags(random, 80, random.NextDouble());

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, unknown, correct, options: WithoutIntervals);
        RejectionMetrics allRight = RejectionEvaluator.Evaluate(
            known, unknown, [.. Enumerable.Repeat(true, 80)], options: WithoutIntervals);

        Assert.That(metrics.Oscr, Is.LessThanOrEqualTo(metrics.Auroc).And.LessThanOrEqualTo(correct.Average(right => right ? 1.0 : 0.0)));
        Assert.That(allRight.Oscr, Is.EqualTo(allRight.Auroc));
    }

    [Test]
    public void Figures_of_what_was_not_given_are_null_and_so_are_their_intervals()
    {
        RejectionMetrics scores = RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 });
        RejectionMetrics rejections = RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 }, default, [false, false], [true]);
        RejectionMetrics predictions = RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 }, [true, true]);

        Assert.That(
            new object?[] { scores.Oscr, scores.ShareOfKnownKept, scores.ShareOfUnknownRejected, scores.AccuracyOfKept }, Is.All.Null);
        Assert.That((rejections.Oscr, rejections.AccuracyOfKept), Is.EqualTo(((double?)null, (double?)null)));
        Assert.That((rejections.ShareOfKnownKept, rejections.ShareOfUnknownRejected), Is.EqualTo((1.0, 1.0)));
        Assert.That((predictions.Oscr, predictions.AccuracyOfKept), Is.EqualTo((1.0, (double?)null)));
        foreach (RejectionMetrics metrics in new[] { scores, rejections, predictions })
        {
            Assert.That(metrics.Intervals!.Oscr.HasValue, Is.EqualTo(metrics.Oscr.HasValue));
            Assert.That(metrics.Intervals!.ShareOfKnownKept.HasValue, Is.EqualTo(metrics.ShareOfKnownKept.HasValue));
            Assert.That(metrics.Intervals!.ShareOfUnknownRejected.HasValue, Is.EqualTo(metrics.ShareOfUnknownRejected.HasValue));
            Assert.That(metrics.Intervals!.AccuracyOfKept.HasValue, Is.EqualTo(metrics.AccuracyOfKept.HasValue));
        }
    }

    [Test]
    public void The_accuracy_of_nothing_kept_is_null()
    {
        RejectionMetrics none = RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 }, [true, true], [true, true], [true]);
        RejectionMetrics one = RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 }, [true, false], [true, false], [true]);

        Assert.That(none.AccuracyOfKept, Is.Null);
        Assert.That(none.Intervals!.AccuracyOfKept, Is.Null);

        // A quarter of the samples draws the rejected row twice, and says nothing of the accuracy; in the others it is 0.
        Assert.That(one.Intervals!.AccuracyOfKept, Is.EqualTo(new ConfidenceInterval(0, 0)));
    }

    [Test]
    public void Intervals_are_those_of_resampling_the_rows_themselves()
    {
        var random = new Random(3);
        float[] known = Scores(random, 60, 40, 0);
        float[] unknown = Scores(random, 50, 40, 0.4f);
        bool[] correct = Flags(random, 60, 0.9);
        bool[] knownRejected = Array.ConvertAll(known, score => score > 0.8f);
        bool[] unknownRejected = Array.ConvertAll(unknown, score => score > 0.8f);
        var samples = new List<RejectionMetrics>();
        for (int sample = 0; sample < 2000; sample++)
        {
            int[] k = [.. known.Select(_ => random.Next(60))];
            int[] u = [.. unknown.Select(_ => random.Next(50))];
            samples.Add(RejectionEvaluator.Evaluate(
                Take(known, k), Take(unknown, u), Take(correct, k), Take(knownRejected, k), Take(unknownRejected, u), WithoutIntervals));
        }

        RejectionIntervals intervals = RejectionEvaluator.Evaluate(
            known, unknown, correct, knownRejected, unknownRejected, new() { BootstrapSamples = 20_000, Confidence = 0.9 }).Intervals!;

        AssertNear(intervals.Auroc, metrics => metrics.Auroc);
        AssertNear(intervals.AuprUnknown, metrics => metrics.AuprUnknown);
        AssertNear(intervals.AuprKnown, metrics => metrics.AuprKnown);
        AssertNear(intervals.FalsePositiveRateAt95, metrics => metrics.FalsePositiveRateAt95);
        AssertNear(intervals.Oscr!.Value, metrics => metrics.Oscr!.Value);
        AssertNear(intervals.ShareOfKnownKept!.Value, metrics => metrics.ShareOfKnownKept!.Value);
        AssertNear(intervals.ShareOfUnknownRejected!.Value, metrics => metrics.ShareOfUnknownRejected!.Value);
        AssertNear(intervals.AccuracyOfKept!.Value, metrics => metrics.AccuracyOfKept!.Value);

        void AssertNear(ConfidenceInterval interval, Func<RejectionMetrics, double> figure)
        {
            // The 5 % quantile of 2,000 samples is known to about half a percent of them, so that it lies between the 3 % and the 7 %
            // quantile, or in the same tie.
            double[] sorted = [.. samples.Select(figure).Order()];
            Assert.That(interval.Lower, Is.InRange(sorted[60] - Rounding, sorted[140] + Rounding));
            Assert.That(interval.Upper, Is.InRange(sorted[^140] - Rounding, sorted[^60] + Rounding));
        }

        static T[] Take<T>(T[] rows, int[] taken) => Array.ConvertAll(taken, row => rows[row]);
    }

    [Test]
    public void Intervals_hold_the_true_area_as_often_as_they_say()
    {
        // Known N(0, 1), unknown N(1, 1): an unknown row scores above a known one with the probability Φ(1 / √2).
        const double TrueAuroc = 0.7602499389065233;
        var random = new Random(1);
        int covered = 0;
        for (int experiment = 0; experiment < 200; experiment++)
        {
            float[] known = [.. Enumerable.Range(0, 80).Select(_ => Normal(random))];
            float[] unknown = [.. Enumerable.Range(0, 80).Select(_ => 1 + Normal(random))];

            ConfidenceInterval interval = RejectionEvaluator.Evaluate(
                known, unknown, options: new() { BootstrapSamples = 300, Confidence = 0.9, Seed = experiment }).Intervals!.Auroc;

            covered += interval.Lower <= TrueAuroc && TrueAuroc <= interval.Upper ? 1 : 0;
        }

        // 180 are expected, with a standard deviation of √(200 × 0.9 × 0.1) = 4.2.
        Assert.That(covered, Is.InRange(167, 193));
    }

    [Test]
    public void One_seed_gives_the_same_intervals_for_every_number_of_threads()
    {
        var random = new Random(5);
        float[] known = Scores(random, 300, 1000, 0);
        float[] unknown = Scores(random, 200, 1000, 0.4f);

        RejectionMetrics[] metrics =
        [
            .. from threads in new[] { 1, 2, 7 }
               from seed in new[] { 4, -1 }
               let options = new RejectionEvaluationOptions { Seed = seed, BootstrapSamples = 100, MaxDegreeOfParallelism = threads }
               select RejectionEvaluator.Evaluate(known, unknown, options: options),
        ];

        Assert.That(metrics[2], Is.EqualTo(metrics[0]));
        Assert.That(metrics[4], Is.EqualTo(metrics[0]));
        Assert.That(metrics[3], Is.EqualTo(metrics[1]));
        Assert.That(metrics[5], Is.EqualTo(metrics[1]));
        Assert.That(metrics[1].Intervals, Is.Not.EqualTo(metrics[0].Intervals));
    }

    [Test]
    public void Greater_confidence_gives_a_wider_interval_and_samples_are_not_the_figure()
    {
        var random = new Random(6);
        float[] known = Scores(random, 100, 1000, 0);
        float[] unknown = Scores(random, 100, 1000, 0.4f);

        ConfidenceInterval[] intervals =
        [
            .. new[] { 0.5, 0.9, 0.99 }.Select(
                confidence => RejectionEvaluator.Evaluate(known, unknown, options: new() { Confidence = confidence }).Intervals!.Auroc),
        ];

        Assert.That(intervals.Select(interval => interval.Lower), Is.Ordered.Descending.And.Unique);
        Assert.That(intervals.Select(interval => interval.Upper), Is.Ordered.Ascending.And.Unique);
    }

    [Test]
    public void ByLabel_gives_the_area_of_each_label_in_the_order_of_occurrence()
    {
        // Known 1, 2, 2, 5. Shoes 2 and 9, a bag 0, coats 5.
        IReadOnlyList<UnknownLabelMetrics> labels = RejectionEvaluator.ByLabel(
            new float[] { 5, 2, 1, 2 }, new float[] { 9, 0, 2, 5 }, ["shoe", "bag", "shoe", "coat"], [true, false, false, true]);

        Assert.That(labels, Is.EqualTo(new UnknownLabelMetrics[]
        {
            new() { Label = "shoe", Count = 2, Auroc = (4 + 2) / 8.0, ShareRejected = 0.5 },
            new() { Label = "bag", Count = 1, Auroc = 0, ShareRejected = 0 },
            new() { Label = "coat", Count = 1, Auroc = 3.5 / 4, ShareRejected = 1 },
        }));
    }

    [Test]
    public void ByLabel_agrees_with_evaluating_each_label_alone([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        float[] known = Scores(random, 60, 25, 0);
        float[] unknown = Scores(random, 90, 25, 0.3f);
        string[] labels = [.. unknown.Select(_ => random.Next(4).ToString("D2", null))];

        IReadOnlyList<UnknownLabelMetrics> metrics = RejectionEvaluator.ByLabel(known, unknown, labels);

        Assert.That(metrics.Select(label => label.Label), Is.EqualTo(labels.Distinct()));
        foreach (UnknownLabelMetrics label in metrics)
        {
            float[] rows = [.. unknown.Where((_, row) => labels[row] == label.Label)];
            Assert.That(label.Count, Is.EqualTo(rows.Length));
            Assert.That(label.Auroc, Is.EqualTo(ThresholdScan.Auroc(known, rows)).Within(Rounding));
            Assert.That(label.ShareRejected, Is.Null);
        }
    }

    [Test]
    public void Scores_that_cannot_be_ranked_are_refused_with_their_row()
    {
        float[] broken = [1, 2, float.NaN];
        float[] whole = [1, 2];

        Assert.That(
            () => RejectionEvaluator.Evaluate(whole, broken),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScores")
                .And.Message.Contains("Row 2 of unknownScores is NaN"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(broken, whole),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("knownScores").And.Message.Contains("Row 2 of knownScores is NaN"));
        Assert.That(
            () => RejectionEvaluator.ByLabel(whole, broken, ["a", "b", "c"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScores"));
    }

    [Test]
    public void No_scores_of_one_kind_are_refused_by_name()
    {
        Assert.That(
            () => RejectionEvaluator.Evaluate([], new float[] { 1 }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("knownScores").And.Message.Contains("There are no knownScores"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(new float[] { 1 }, []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScores")
                .And.Message.Contains("There are no unknownScores"));
    }

    [Test]
    public void The_known_scores_are_refused_as_the_unknown_ones()
    {
        float[] scores = [1, 2, 3, 4];

        Assert.That(
            () => RejectionEvaluator.Evaluate(scores, scores),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScores").And.Message.Contains("are the knownScores"));
        Assert.That(() => RejectionEvaluator.Evaluate(scores.AsSpan(0, 3), scores.AsSpan(2)), Throws.ArgumentException);

        // Parts that share no row may be of one array, and equal scores need not be the same rows.
        Assert.That(RejectionEvaluator.Evaluate(scores.AsSpan(0, 2), scores.AsSpan(2)).Auroc, Is.EqualTo(1));
        Assert.That(RejectionEvaluator.Evaluate(scores, [.. scores]).Auroc, Is.EqualTo(0.5));
    }

    [Test]
    public void What_belongs_to_rows_is_refused_where_it_is_not_one_a_row()
    {
        float[] known = [1, 2];
        float[] unknown = [3];

        Assert.That(
            () => RejectionEvaluator.Evaluate(known, unknown, [true]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("knownCorrect")
                .And.Message.Contains("has 1 values, but there are 2 known rows"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(known, unknown, default, [true, true, true], [true]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("knownRejected").And.Message.Contains("has 3 values"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(known, unknown, default, [true, true], [true, false]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownRejected").And.Message.Contains("1 unknown rows"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(known, unknown, default, [true, true]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownRejected").And.Message.Contains("Give both, or neither"));
        Assert.That(
            () => RejectionEvaluator.ByLabel(known, unknown, []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownLabels")
                .And.Message.Contains("0 labels, but 1 unknown rows"));
    }

    [Test]
    public void A_cancelled_evaluation_stops() =>
        Assert.That(
            () => RejectionEvaluator.Evaluate(
                new float[] { 1 }, new float[] { 2 }, options: new() { CancellationToken = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void Options_refuse_what_makes_no_sense()
    {
        Assert.That(
            () => new RejectionEvaluationOptions { BootstrapSamples = -1 },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("BootstrapSamples"));
        Assert.That(
            () => new RejectionEvaluationOptions { MaxDegreeOfParallelism = 0 },
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("MaxDegreeOfParallelism"));
        foreach (double confidence in new[] { 0, 1, 95, double.NaN })
        {
            Assert.That(
                () => new RejectionEvaluationOptions { Confidence = confidence },
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Confidence")
                    .And.Message.Contains("For 95 % give 0.95"));
        }
    }

    [Test]
    public void Metrics_say_their_figures_in_one_line()
    {
        RejectionMetrics metrics = RejectionEvaluator.Evaluate(
            new float[] { 1, 2, 3 }, new float[] { 3, 4 }, default, [false, false, true], [true, true], WithoutIntervals);
        var interval = new ConfidenceInterval(0.9, 0.95678);

        Assert.That(
            metrics.ToString(),
            Is.EqualTo("AUROC 91.67 %, AUPR unknown 83.33 %, AUPR known 91.67 %, FPR at 95 % TPR 50.00 %, known kept 66.67 %, "
                + "unknown rejected 100.00 % (3 known, 2 unknown)"));
        Assert.That(
            (metrics with
            {
                Intervals = new()
                {
                    Auroc = interval,
                    AuprUnknown = interval,
                    AuprKnown = interval,
                    FalsePositiveRateAt95 = interval,
                    Oscr = null,
                    ShareOfKnownKept = interval,
                    ShareOfUnknownRejected = null,
                    AccuracyOfKept = null,
                },
            }).ToString(),
            Does.StartWith("AUROC 91.67 % [90.00, 95.68], AUPR unknown")
                .And.Contain("known kept 66.67 % [90.00, 95.68], unknown rejected 100.00 % ("));
        Assert.That(interval.ToString(), Is.EqualTo("[0.9000, 0.9568]"));
    }

    private static float[] Scores(Random random, int count, int distinct, float shift) =>
        [.. Enumerable.Range(0, count).Select(_ => (float)(random.Next(distinct) + (int)(shift * distinct)) / distinct)];

    private static bool[] Flags(Random random, int count, double share) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < share)];

    private static float[] Negated(float[] scores) => Array.ConvertAll(scores, score => -score);

    // Box and Muller.
    private static float Normal(Random random) =>
        (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
