using System.Collections.Immutable;
using System.Text.Json;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RetrievalEvaluatorTests
{
    // The two sum the same figures in the same order; only the sums within a figure may round differently.
    private const double Rounding = 1e-12;

    [Test]
    public void Evaluate_agrees_with_sorting_all_references([Range(1, 30)] int seed, [Values] DistanceMetric metric)
    {
        var random = new Random(seed);
        Sample references = Random(random, random.Next(1, 300));
        Sample queries = Random(random, random.Next(1, 50), references);
        RetrievalMetrics? expected = ExhaustiveRetrieval.Evaluate(
            queries.Embeddings, queries.Labels, references.Embeddings, references.Labels, references.Dimension, metric, [1, 2, 4, 8]);
        Assume.That(expected, Is.Not.Null);

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            queries.Embeddings,
            queries.Labels,
            references.Embeddings,
            references.Labels,
            references.Dimension,
            new() { Distance = metric, BlockSize = random.Next(1, 20), MaxDegreeOfParallelism = random.Next(1, 5) });

        AssertEqual(metrics, expected!);
    }

    [Test]
    public void EvaluateLeaveOneOut_agrees_with_sorting_all_others([Range(1, 30)] int seed, [Values] DistanceMetric metric)
    {
        var random = new Random(seed);
        Sample sample = Random(random, random.Next(2, 200));
        RetrievalMetrics? expected = ExhaustiveRetrieval.Evaluate(
            sample.Embeddings, sample.Labels, sample.Embeddings, sample.Labels, sample.Dimension, metric, [1, 2, 4, 8], leaveOneOut: true);
        Assume.That(expected, Is.Not.Null);

        RetrievalMetrics metrics = RetrievalEvaluator.EvaluateLeaveOneOut(
            sample.Embeddings,
            sample.Labels,
            sample.Dimension,
            new() { Distance = metric, BlockSize = random.Next(1, 20), MaxDegreeOfParallelism = random.Next(1, 5) });

        AssertEqual(metrics, expected!);
    }

    [Test]
    public void Evaluate_agrees_with_scikit_learn([Values] DistanceMetric metric)
    {
        SklearnFigures sklearn = SklearnFigures.Load();
        SklearnExpectation expected = sklearn.Expected[metric == DistanceMetric.Euclidean ? "euclidean" : "cosine"];

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            sklearn.Queries,
            sklearn.QueryLabels,
            sklearn.References,
            sklearn.ReferenceLabels,
            sklearn.Dimension,
            new() { Distance = metric, RecallAt = [.. expected.Recall.Keys] });

        Assert.That(metrics.PrecisionAt1, Is.EqualTo(expected.PrecisionAt1).Within(Rounding));
        Assert.That(metrics.RPrecision, Is.EqualTo(expected.RPrecision).Within(Rounding));
        Assert.That(metrics.MeanAveragePrecisionAtR, Is.EqualTo(expected.AveragePrecisionAtR).Within(Rounding));
        Assert.That(metrics.RecallAtK.Keys, Is.EquivalentTo(expected.Recall.Keys));
        foreach ((int k, double recall) in expected.Recall)
        {
            Assert.That(metrics.RecallAtK[k], Is.EqualTo(recall).Within(Rounding), $"recall@{k}");
        }
    }

    [Test]
    public void EvaluateLeaveOneOut_agrees_with_scikit_learn([Values] DistanceMetric metric)
    {
        SklearnFigures sklearn = SklearnFigures.Load();

        RetrievalMetrics metrics = RetrievalEvaluator.EvaluateLeaveOneOut(
            sklearn.References, sklearn.ReferenceLabels, sklearn.Dimension, new() { Distance = metric });

        double expected = sklearn.Expected[metric == DistanceMetric.Euclidean ? "euclidean" : "cosine"].LeaveOneOutPrecisionAt1;
        Assert.That(metrics.PrecisionAt1, Is.EqualTo(expected).Within(Rounding));
    }

    // The ranked labels, and the figures with the references' counts of each query's class, are those of pytorch-metric-learning's
    // tests/utils/test_calculate_accuracies.py, test_accuracy_calculator (version of December 2024).
    [TestCase(1, 3, new[] { 0, 1, 1, 2, 2 }, 0.0, 2.0 / 3, ((1.0 / 2) + (2.0 / 3)) / 3, 1.0 / 2)]
    [TestCase(1, 3, new[] { 1, 0, 1, 1, 3 }, 1.0, 2.0 / 3, (1 + (2.0 / 3)) / 3, 1.0)]
    [TestCase(2, 5, new[] { 4, 4, 4, 4, 2 }, 0.0, 1.0 / 5, 1.0 / 5 / 5, 1.0 / 5)]
    [TestCase(3, 4, new[] { 3, 1, 3, 1, 3 }, 1.0, 2.0 / 4, (1 + (2.0 / 3)) / 4, 1.0)]
    [TestCase(4, 5, new[] { 0, 0, 4, 2, 2 }, 0.0, 1.0 / 5, 1.0 / 3 / 5, 1.0 / 3)]
    public void Evaluate_gives_the_figures_of_pytorch_metric_learning(
        int label, int relevant, int[] ranked, double precisionAt1, double rPrecision, double averagePrecision, double reciprocalRank)
    {
        // On a line, in the order of the ranking; what the five nearest leave of the query's class comes after a stranger.
        int[] behind = [99, .. Enumerable.Repeat(label, relevant - ranked.Count(rank => rank == label))];
        int[] labels = [.. ranked, .. behind];

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(new float[] { 0 }, [label], Line(1, labels.Length), labels, 1);

        Assert.That(metrics.PrecisionAt1, Is.EqualTo(precisionAt1));
        Assert.That(metrics.RPrecision, Is.EqualTo(rPrecision).Within(Rounding));
        Assert.That(metrics.MeanAveragePrecisionAtR, Is.EqualTo(averagePrecision).Within(Rounding));
        Assert.That(metrics.MeanReciprocalRank, Is.EqualTo(reciprocalRank).Within(Rounding));
    }

    // The same file, _test_accuracy_calculator_and_faiss_avg_of_avgs: 9 of 10 queries meet their class on the spot.
    [Test]
    public void Evaluate_weighs_each_query_alike_as_pytorch_metric_learning_does()
    {
        float[] queries = [.. Line(0, 9), 100];
        float[] references = [-100, .. Line(1, 9)];

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            queries, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1], references, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1);

        Assert.That(metrics.PrecisionAt1, Is.EqualTo(0.9).Within(Rounding));
        Assert.That(metrics.RPrecision, Is.EqualTo(0.9).Within(Rounding));
        Assert.That(metrics.MeanAveragePrecisionAtR, Is.EqualTo(0.9).Within(Rounding));
    }

    // The same file, test_tied_distances.
    [Test]
    public void EvaluateLeaveOneOut_leaves_a_row_out_by_index_and_not_by_distance()
    {
        RetrievalMetrics metrics = RetrievalEvaluator.EvaluateLeaveOneOut(new float[] { 10, 10, 20, 20 }, [1, 0, 1, 0], 1);

        Assert.That(metrics.PrecisionAt1, Is.Zero);
    }

    // Musgrave et al. (2020), section 3.2: what R-precision and MAP@R make of rankings, here with R = 10 of the query's class.
    [TestCase("1000000000", 0.1, 0.1)]
    [TestCase("0000000001", 0.1, 0.01)]
    [TestCase("1111111111", 1, 1)]
    [TestCase("1100000000", 0.2, 0.2)]
    [TestCase("0000000000", 0, 0)]
    [TestCase("1010101010", 0.5, (1 + (2.0 / 3) + (3.0 / 5) + (4.0 / 7) + (5.0 / 9)) / 10)]
    public void Matches_that_come_first_count_more_at_R(string ranking, double rPrecision, double averagePrecision)
    {
        int[] labels = [.. ranking.Select(match => match - '0'), .. Enumerable.Repeat(1, ranking.Count(match => match == '0'))];

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(new float[] { 0 }, [1], Line(1, labels.Length), labels, 1);

        Assert.That(metrics.RPrecision, Is.EqualTo(rPrecision).Within(Rounding));
        Assert.That(metrics.MeanAveragePrecisionAtR, Is.EqualTo(averagePrecision).Within(Rounding));
    }

    [Test]
    public void Evaluate_gives_the_figures_worked_by_hand()
    {
        // Positions  1 2 3 4 5 6, labels  a b a a b c; a query of a at 0, of b at 7, and of a class that nobody has.
        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            new float[] { 0, 7, 3 }, [10, 20, 40], Line(1, 6), [10, 20, 10, 10, 20, 30], 1, new() { RecallAt = [1, 2, 3] });

        // a: match, no, match | R = 3. From b: c, match | R = 2.
        Assert.That(metrics, Is.EqualTo(new RetrievalMetrics
        {
            PrecisionAt1 = 0.5,
            RPrecision = ((2.0 / 3) + (1.0 / 2)) / 2,
            MeanAveragePrecisionAtR = (((1 + (2.0 / 3)) / 3) + (1.0 / 2 / 2)) / 2,
            MeanReciprocalRank = 0.75,
            RecallAtK = new Dictionary<int, double> { [1] = 0.5, [2] = 1, [3] = 1 },
            Queries = 2,
            QueriesWithoutMatch = 1,
        }));
    }

    [Test]
    public void References_at_one_distance_are_ranked_by_index()
    {
        float[] references = [1, -1, 1, -1];

        RetrievalMetrics first = RetrievalEvaluator.Evaluate(new float[] { 0 }, [7], references, [7, 8, 8, 8], 1);
        RetrievalMetrics last = RetrievalEvaluator.Evaluate(new float[] { 0 }, [7], references, [8, 8, 8, 7], 1);

        Assert.That(first.MeanReciprocalRank, Is.EqualTo(1));
        Assert.That(last.MeanReciprocalRank, Is.EqualTo(0.25));
    }

    [Test]
    public void The_zero_vector_is_at_right_angles_to_all_by_the_cosine()
    {
        // From (1, 0): the second at 0, the zero vector and the third at 1, of which the lower index comes first, the fourth at 2.
        float[] references = [0, 0, 1, 0, 0, 1, -1, 0];

        RetrievalMetrics zero = RetrievalEvaluator.Evaluate(
            new float[] { 1, 0 }, [0], references, [0, 1, 1, 1], 2, new() { Distance = DistanceMetric.Cosine });
        RetrievalMetrics query = RetrievalEvaluator.Evaluate(
            new float[] { 0, 0 }, [0], references, [1, 1, 1, 0], 2, new() { Distance = DistanceMetric.Cosine });

        Assert.That(zero.MeanReciprocalRank, Is.EqualTo(1.0 / 2));
        Assert.That(query.MeanReciprocalRank, Is.EqualTo(1.0 / 4));
    }

    [Test]
    public void Embeddings_whose_squares_no_float_holds_are_ranked_all_the_same(
        [Values(1e37f, 1e-30f, 1e-42f)] float unit, [Values] DistanceMetric metric)
    {
        float[] references = [3 * unit, 4 * unit, unit, 5 * unit, 9 * unit, unit];

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(
            new float[] { 3 * unit, 3 * unit }, [1], references, [1, 2, 3], 2, new() { Distance = metric });

        Assert.That(metrics.PrecisionAt1, Is.EqualTo(1));
    }

    [Test]
    public void Evaluate_gives_the_same_figures_for_every_block_size_and_number_of_threads()
    {
        var random = new Random(11);
        Sample references = Random(random, 500);
        Sample queries = Random(random, 100, references);
        RetrievalMetrics[] metrics = [.. from block in new[] { 1, 7, 100, 1000 }
                                         from threads in new[] { 1, 2, 7 }
                                         select RetrievalEvaluator.Evaluate(
                                             queries.Embeddings,
                                             queries.Labels,
                                             references.Embeddings,
                                             references.Labels,
                                             references.Dimension,
                                             new() { BlockSize = block, MaxDegreeOfParallelism = threads })];

        Assert.That(metrics, Is.All.EqualTo(metrics[0]));
    }

    [Test]
    public void Progress_rises_to_one()
    {
        var progress = new Shares();

        RetrievalEvaluator.EvaluateLeaveOneOut(
            Line(0, 100), new int[100], 1, new() { Progress = progress, BlockSize = 9, MaxDegreeOfParallelism = 3 });

        Assert.That(progress.Reported, Is.Ordered.And.Count.EqualTo(12));
        Assert.That(progress.Reported[^1], Is.EqualTo(1));
    }

    [Test]
    public void A_cancelled_evaluation_stops()
    {
        using var source = new CancellationTokenSource();
        var progress = new Shares { Then = _ => source.Cancel() };

        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(
                Line(0, 1000), new int[1000], 1, new() { CancellationToken = source.Token, Progress = progress, BlockSize = 2 }),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(progress.Reported, Has.Count.LessThan(500));
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.PositiveInfinity, "Infinity")]
    [TestCase(float.NegativeInfinity, "-Infinity")]
    public void A_component_that_is_not_finite_is_refused_with_its_row(float component, string said)
    {
        float[] whole = [1, 2, 3, 4, 5, 6];
        float[] broken = [1, 2, 3, 4, 5, component];

        Assert.That(
            () => RetrievalEvaluator.Evaluate(broken, [1, 2, 3], whole, [1, 2, 3], 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queries")
                .And.Message.Contains($"Row 2 of queries holds {said} in component 1"));
        Assert.That(
            () => RetrievalEvaluator.Evaluate(whole, [1, 2, 3], broken, [1, 2, 3], 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("references").And.Message.Contains("Row 2 of references"));
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(broken, [1, 2, 3], 2),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddings").And.Message.Contains("Row 2 of embeddings"));
    }

    [Test]
    public void Empty_sets_are_refused_by_name()
    {
        Assert.That(
            () => RetrievalEvaluator.Evaluate(Array.Empty<float>(), [], new float[] { 1 }, [1], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queries").And.Message.Contains("There are no queries"));
        Assert.That(
            () => RetrievalEvaluator.Evaluate(new float[] { 1 }, [1], Array.Empty<float>(), [], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("references"));
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(Array.Empty<float>(), [], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddings"));
    }

    [Test]
    public void Values_that_make_no_whole_rows_are_refused_with_both_numbers() =>
        Assert.That(
            () => RetrievalEvaluator.Evaluate(new float[6], [1, 2], new float[8], [1, 2], 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("references")
                .And.Message.Contains("8 values").And.Message.Contains("rows of 3"));

    [Test]
    public void Labels_that_are_not_as_many_as_rows_are_refused_with_both_numbers()
    {
        Assert.That(
            () => RetrievalEvaluator.Evaluate(new float[6], [1], new float[6], [1, 2], 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queryLabels")
                .And.Message.Contains("1 labels").And.Message.Contains("2 rows"));
        Assert.That(
            () => RetrievalEvaluator.Evaluate(new float[6], [1, 2], new float[6], [1, 2, 3], 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("referenceLabels").And.Message.Contains("3 labels"));
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(new float[6], [1, 2, 3], 3),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels"));
    }

    [Test]
    public void A_dimension_below_one_is_refused() =>
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(new float[6], [1, 2], 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("dimension"));

    [Test]
    public void Queries_of_which_none_can_match_are_refused()
    {
        Assert.That(
            () => RetrievalEvaluator.Evaluate(new float[] { 1, 2 }, [1, 2], new float[] { 1 }, [3], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("queryLabels").And.Message.Contains("None of the 2 queries"));
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(new float[] { 1, 2, 3 }, [1, 2, 3], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labels").And.Message.Contains("No two of the 3 embeddings"));
    }

    [Test]
    public void Options_refuse_values_that_mean_nothing()
    {
        Assert.That(
            () => new RetrievalEvaluationOptions { BlockSize = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("BlockSize"));
        Assert.That(
            () => new RetrievalEvaluationOptions { MaxDegreeOfParallelism = -1 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("MaxDegreeOfParallelism"));
        Assert.That(
            () => new RetrievalEvaluationOptions { RecallAt = [1, 0] },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("RecallAt"));
        Assert.That(
            () => new RetrievalEvaluationOptions { Distance = (DistanceMetric)9 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Distance"));
        Assert.That(new RetrievalEvaluationOptions { RecallAt = default }.RecallAt, Is.Empty);
    }

    private static float[] Line(int start, int count) => [.. Enumerable.Range(start, count).Select(position => (float)position)];

    /// <summary>Few or many classes, even or uneven, some alone; embeddings on a coarse lattice, where ties abound, or off it.</summary>
    private static Sample Random(Random random, int rows, Sample? like = null)
    {
        int dimension = like?.Dimension ?? random.Next(1, 40);
        int classes = random.Next(1, 12);
        bool lattice = random.Next(2) == 0;
        int[] labels = [.. Enumerable.Range(0, rows).Select(_ => -3 + (int)(classes * Math.Pow(random.NextDouble(), 2)))];
        float[] embeddings = [.. from label in labels
                                 from d in Enumerable.Range(0, dimension)
                                 let value = (((label * (d + 3)) % 5) / 2.0) + (random.NextDouble() * 3)
                                 select lattice ? (float)Math.Round(value) : (float)value];
        return new Sample(embeddings, labels, dimension);
    }

    private static void AssertEqual(RetrievalMetrics metrics, RetrievalMetrics expected)
    {
        Assert.That(metrics.PrecisionAt1, Is.EqualTo(expected.PrecisionAt1).Within(Rounding), "precision@1");
        Assert.That(metrics.RPrecision, Is.EqualTo(expected.RPrecision).Within(Rounding), "R-precision");
        Assert.That(metrics.MeanAveragePrecisionAtR, Is.EqualTo(expected.MeanAveragePrecisionAtR).Within(Rounding), "MAP@R");
        Assert.That(metrics.MeanReciprocalRank, Is.EqualTo(expected.MeanReciprocalRank).Within(Rounding), "MRR");
        Assert.That(metrics.RecallAtK.Keys, Is.EqualTo(expected.RecallAtK.Keys));
        Assert.That(metrics.RecallAtK.Values, Is.EqualTo(expected.RecallAtK.Values).Within(Rounding), "recall@k");
        Assert.That(metrics.Queries, Is.EqualTo(expected.Queries));
        Assert.That(metrics.QueriesWithoutMatch, Is.EqualTo(expected.QueriesWithoutMatch));
    }

    private sealed record Sample(float[] Embeddings, int[] Labels, int Dimension);

    private sealed class Shares : IProgress<double>
    {
        public List<double> Reported { get; } = [];

        public Action<double>? Then { get; init; }

        public void Report(double value)
        {
            Reported.Add(value);
            Then?.Invoke(value);
        }
    }

    private sealed record SklearnFigures(
        int Dimension,
        float[] Queries,
        int[] QueryLabels,
        float[] References,
        int[] ReferenceLabels,
        ImmutableDictionary<string, SklearnExpectation> Expected)
    {
        public static SklearnFigures Load() => JsonSerializer.Deserialize<SklearnFigures>(
            File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "retrieval", "scikit-learn.json")),
            JsonSerializerOptions.Web)!;
    }

    private sealed record SklearnExpectation(
        double PrecisionAt1,
        ImmutableDictionary<int, double> Recall,
        double RPrecision,
        double AveragePrecisionAtR,
        double LeaveOneOutPrecisionAt1);
}
