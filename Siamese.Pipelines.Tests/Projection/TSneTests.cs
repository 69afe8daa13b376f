using Microsoft.ML;
using Siamese.Pipelines.Projection;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Projection;

public sealed class TSneTests
{
    private const int Dimension = 20;
    private const int Clusters = 5;

    private static readonly float[] Rows = RandomRows.Clusters(new Random(1), 300, Dimension, Clusters, spread: 3);

    [Test]
    public void Clusters_that_are_apart_stay_apart([Values] TSneInitialization initialization)
    {
        TSneResult result = TSne.Project(Rows, Dimension, new() { Initialization = initialization });

        Assert.That(result.Count, Is.EqualTo(300));
        double[][] distances = DenseTSne.SquaredDistances(result.Coordinates, 2);
        for (int i = 0; i < 300; i++)
        {
            int nearest = Enumerable.Range(0, 300).Where(j => j != i).MinBy(j => distances[i][j]);
            Assert.That(nearest % Clusters, Is.EqualTo(i % Clusters), $"row {i}");
        }

        // scikit-learn's TSNE reaches 0.98 here; at random it would be 0.5.
        Assert.That(Trustworthiness.Of(Rows, Dimension, result.Coordinates, neighbors: 12), Is.GreaterThan(0.95));
    }

    [Test]
    public void The_divergence_told_is_that_of_the_points([Values(0.2, 0.5, 1)] double angle)
    {
        TSneResult result = TSne.Project(Rows, Dimension, new() { Perplexity = 20, Iterations = 400, Angle = angle });

        double[,] joint = DenseTSne.JointProbabilities(Rows, Dimension, perplexity: 20, neighbors: 61);
        double expected = DenseTSne.Divergence(joint, [.. result.Coordinates.Select(x => (double)x)]);
        Assert.That(result.KullbackLeiblerDivergence, Is.EqualTo(expected).Within(2e-5));
        Assert.That(result.Iterations, Is.EqualTo(400));
    }

    [Test]
    public void The_same_seed_gives_the_same_points_on_any_number_of_threads([Values] TSneInitialization initialization)
    {
        float[] Project(int threads, int seed) => TSne.Project(Rows, Dimension, new()
        {
            Initialization = initialization,
            Iterations = 300,
            Seed = seed,
            MaxDegreeOfParallelism = threads,
        }).Coordinates;

        float[] expected = Project(threads: 1, seed: 3);

        Assert.That(Project(threads: 2, seed: 3), Is.EqualTo(expected));
        Assert.That(Project(threads: 5, seed: 3), Is.EqualTo(expected));
        Assert.That(
            Project(threads: 2, seed: 4),
            initialization == TSneInitialization.Random ? Is.Not.EqualTo(expected) : Is.EqualTo(expected));
    }

    [Test]
    public void Rows_of_any_magnitude_give_the_same_points([Values(-100, 100)] int powerOfTwo)
    {
        float[] scaled = [.. Rows.Select(x => MathF.ScaleB(x, powerOfTwo))];
        var options = new TSneOptions { Iterations = 300 };

        Assert.That(TSne.Project(scaled, Dimension, options).Coordinates, Is.EqualTo(TSne.Project(Rows, Dimension, options).Coordinates));
    }

    [Test]
    public void Progress_is_told_of_each_iteration_in_order_and_the_divergence_falls()
    {
        var reports = new List<TSneProgress>();

        TSneResult result = TSne.Project(Rows, Dimension, new() { Iterations = 600, Progress = new Listener(reports.Add) });

        Assert.That(reports.Select(report => report.Iteration), Is.EqualTo(Enumerable.Range(1, 600)));
        Assert.That(reports.Select(report => report.Iterations), Is.All.EqualTo(600));
        Assert.That(reports.Where(report => report.KullbackLeiblerDivergence is not null).Select(report => report.Iteration), Is.EqualTo(Enumerable.Range(1, 12).Select(i => 50 * i)));

        // It is that of P, not of the exaggerated P, and of the normalizer at the angle of the iterations.
        Assert.That(reports[^1].KullbackLeiblerDivergence, Is.LessThan(reports[299].KullbackLeiblerDivergence!.Value));
        Assert.That(reports[^1].KullbackLeiblerDivergence, Is.EqualTo(result.KullbackLeiblerDivergence).Within(0.01));
    }

    [Test]
    public void Cancelling_ends_the_projection_at_the_next_iteration()
    {
        using var source = new CancellationTokenSource();
        int last = 0;
        var options = new TSneOptions
        {
            CancellationToken = source.Token,
            Progress = new Listener(report =>
            {
                last = report.Iteration;
                if (last == 7)
                {
                    source.Cancel();
                }
            }),
        };

        Assert.That(() => TSne.Project(Rows, Dimension, options), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(last, Is.EqualTo(7));
    }

    [Test]
    public void A_cancelled_token_starts_nothing()
    {
        var options = new TSneOptions { CancellationToken = new CancellationToken(canceled: true), Progress = new Listener(_ => Assert.Fail("It ran.")) };

        Assert.That(() => TSne.Project(Rows, Dimension, options), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Given_coordinates_are_where_the_points_start()
    {
        float[] start = RandomRows.Normal(new Random(5), 300, 2);

        TSneResult unmoved = TSne.Project(Rows, Dimension, new() { InitialCoordinates = start, Iterations = 0 });
        TSneResult moved = TSne.Project(Rows, Dimension, new() { InitialCoordinates = start, Iterations = 20 });

        Assert.That(unmoved.Coordinates, Is.EqualTo(start));
        Assert.That(unmoved.Iterations, Is.Zero);
        Assert.That(moved.Coordinates, Is.Not.EqualTo(start));
        Assert.That(start, Is.EqualTo(RandomRows.Normal(new Random(5), 300, 2)), "what was given is not written to");
    }

    [Test]
    public void The_start_of_principal_components_is_scaled_as_scikit_learn_scales_it()
    {
        float[] start = TSne.Project(Rows, Dimension, new() { Iterations = 0 }).Coordinates;

        float[] components = PrincipalComponents.Fit(Rows, Dimension, 2).Project(Rows);
        double deviation = Math.Sqrt(components.Chunk(2).Average(point => (double)point[0] * point[0]));
        Assert.That(start, Is.EqualTo(components.Select(x => x / deviation * 1e-4)).Within(1e-9));
    }

    [Test]
    public void The_projection_ends_where_there_is_no_more_progress()
    {
        TSneResult still = TSne.Project(Rows, Dimension, new() { MinimumGradientNorm = 1e3 });
        TSneResult impatient = TSne.Project(Rows, Dimension, new() { Iterations = 20_000, Patience = 0, LearningRate = 1000 });

        Assert.That(still.Iterations, Is.EqualTo(300), "the first check after the exaggeration");
        Assert.That(impatient.Iterations, Is.GreaterThan(300).And.LessThan(20_000));
    }

    [Test]
    public void Rows_are_reduced_first_where_that_is_asked_for()
    {
        float[] reduced = PrincipalComponents.Fit(Rows, Dimension, 4).Project(Rows);
        var options = new TSneOptions { Iterations = 100 };

        TSneResult result = TSne.Project(Rows, Dimension, options with { PrincipalComponents = 4 });

        Assert.That(result.Coordinates, Is.EqualTo(TSne.Project(reduced, 4, options).Coordinates));
        Assert.That(
            TSne.Project(Rows, Dimension, options with { PrincipalComponents = 50 }).Coordinates,
            Is.EqualTo(TSne.Project(Rows, Dimension, options).Coordinates),
            "fewer components than that are left as they are");
    }

    [Test]
    public void Equal_rows_end_near_each_other()
    {
        // Each row four times.
        float[] rows = [.. Rows.Chunk(Dimension).Take(60).SelectMany(row => Enumerable.Repeat(row, 4)).SelectMany(row => row)];

        TSneResult result = TSne.Project(rows, Dimension, new() { Perplexity = 10 });

        double[][] distances = DenseTSne.SquaredDistances(result.Coordinates, 2);
        for (int i = 0; i < 240; i++)
        {
            int[] nearest = [.. Enumerable.Range(0, 240).Where(j => j != i).OrderBy(j => distances[i][j]).Take(3)];
            Assert.That(nearest.Select(j => j / 4), Is.All.EqualTo(i / 4), $"row {i}");
        }
    }

    [Test]
    public void Rows_that_are_all_equal_share_one_place()
    {
        TSneResult result = TSne.Project(Enumerable.Repeat(0.5f, 200 * 3).ToArray(), 3, new() { Perplexity = 30 });

        Assert.That(result.Coordinates.Chunk(2).Select(point => point[0]), Is.All.EqualTo(0f).Within(1e-3));
        Assert.That(result.KullbackLeiblerDivergence, Is.Not.NaN.And.GreaterThan(0));
    }

    [Test]
    public void Rows_on_a_line_may_leave_it([Values(1, 3)] int dimension)
    {
        float[] rows = [.. Enumerable.Range(0, 150).SelectMany(i => Enumerable.Repeat((float)(i % 3 == 0 ? i : -i), dimension))];

        TSneResult result = TSne.Project(rows, dimension, new() { Perplexity = 10 });

        float[] second = [.. result.Coordinates.Where((_, i) => i % 2 == 1)];
        Assert.That(second.Max() - second.Min(), Is.GreaterThan(1));
        Assert.That(Trustworthiness.Of(rows, dimension, result.Coordinates, neighbors: 5), Is.GreaterThan(0.95));
    }

    [Test]
    public void The_fewest_rows_are_four()
    {
        TSneResult result = TSne.Project(new float[] { 0, 0, 1, 0, 10, 0, 10, 1 }, 2, new() { Perplexity = 1 });

        Assert.That(result.Coordinates, Has.Length.EqualTo(8).And.All.Matches<float>(float.IsFinite));
        Assert.That(
            () => TSne.Project(new float[6], 2, new() { Perplexity = 1 }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("There are 3 rows").And.Message.Contains("at least 4"));
    }

    [Test]
    public void A_perplexity_that_the_rows_cannot_have_is_refused_with_both_numbers_and_the_remedy()
    {
        Assert.That(
            () => TSne.Project(Rows, Dimension, new() { Perplexity = 100 }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows")
                .And.Message.Contains("There are 300 rows, but a perplexity of 100 needs at least 301")
                .And.Message.Contains("Lower Perplexity to 99"));
        Assert.That(() => TSne.Project(Rows, Dimension, new() { Perplexity = 99, Iterations = 1 }), Throws.Nothing);
        Assert.That(
            () => TSne.Project(new float[60_000], 1, new() { Perplexity = 19_999 }),
            Throws.ArgumentException.With.Message.Contains("60000 rows with a perplexity of 19999").And.Message.Contains("Lower Perplexity"));
    }

    [Test]
    public void What_cannot_be_projected_is_refused_by_name()
    {
        float[] broken = [.. Rows];
        broken[(17 * Dimension) + 4] = float.NaN;

        Assert.That(
            () => TSne.Project(broken, Dimension),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("Row 17").And.Message.Contains("component 4"));
        Assert.That(
            () => TSne.Project(Rows, Dimension + 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("6000 values").And.Message.Contains("21 components"));
        Assert.That(
            () => TSne.Project(Rows, 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("dimension"));
        Assert.That(
            () => TSne.Project(Rows, Dimension, new() { InitialCoordinates = new float[10] }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("InitialCoordinates").And.Message.Contains("10 values").And.Message.Contains("need 600"));
        Assert.That(
            () => TSne.Project(Rows, Dimension, new() { InitialCoordinates = Enumerable.Repeat(float.PositiveInfinity, 600).ToArray() }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("InitialCoordinates"));
    }

    [Test]
    public void A_learning_rate_that_bursts_the_layout_is_told()
    {
        Assert.That(
            () => TSne.Project(Rows, Dimension, new() { LearningRate = 1e35 }),
            Throws.InvalidOperationException.With.Message.Contains("LearningRate"));
    }

    [Test]
    public void Options_refuse_what_is_out_of_range()
    {
        Assert.That(() => new TSneOptions { Perplexity = 0.5 }, Refused("Perplexity"));
        Assert.That(() => new TSneOptions { Perplexity = double.NaN }, Refused("Perplexity"));
        Assert.That(() => new TSneOptions { EarlyExaggeration = 0.5 }, Refused("EarlyExaggeration"));
        Assert.That(() => new TSneOptions { LearningRate = 0 }, Refused("LearningRate"));
        Assert.That(() => new TSneOptions { Iterations = -1 }, Refused("Iterations"));
        Assert.That(() => new TSneOptions { ExaggerationIterations = -1 }, Refused("ExaggerationIterations"));
        Assert.That(() => new TSneOptions { Angle = 1.1 }, Refused("Angle"));
        Assert.That(() => new TSneOptions { Patience = -1 }, Refused("Patience"));
        Assert.That(() => new TSneOptions { MinimumGradientNorm = -1 }, Refused("MinimumGradientNorm"));
        Assert.That(() => new TSneOptions { Initialization = (TSneInitialization)7 }, Refused("Initialization"));
        Assert.That(() => new TSneOptions { PrincipalComponents = 0 }, Refused("PrincipalComponents"));
        Assert.That(() => new TSneOptions { MaxDegreeOfParallelism = 0 }, Refused("MaxDegreeOfParallelism"));

        static NUnit.Framework.Constraints.IResolveConstraint Refused(string name) =>
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo(name);
    }

    [Test]
    public void A_column_is_projected_as_rows_are()
    {
        var ml = new MLContext(seed: 1);
        var options = new TSneOptions { Iterations = 50 };
        IDataView view = ml.Data.LoadFromEnumerable(Rows.Chunk(Dimension).Select(row => new Row { Embedding = row, Label = 1 }));

        TSneResult result = ml.MetricLearning.ProjectTSne(view, "Embedding", options);

        Assert.That(result.Coordinates, Is.EqualTo(TSne.Project(Rows, Dimension, options).Coordinates));
    }

    [Test]
    public void Columns_that_hold_no_embeddings_are_refused_by_name()
    {
        var ml = new MLContext(seed: 1);
        IDataView view = ml.Data.LoadFromEnumerable([new Row { Embedding = [1, 2] }, new Row { Embedding = [1, 2, 3] }]);
        IDataView empty = ml.Data.LoadFromEnumerable<Row>([]);
        IDataView hollow = ml.Data.LoadFromEnumerable([new Row()]);

        Assert.That(
            () => ml.MetricLearning.ProjectTSne(view, "Features"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName").And.Message.Contains("'Embedding', 'Label'"));
        Assert.That(
            () => ml.MetricLearning.ProjectTSne(view, "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName").And.Message.Contains("of type Int32"));
        Assert.That(
            () => ml.MetricLearning.ProjectTSne(view),
            Throws.ArgumentException.With.Message.Contains("Row 1 of rows has an embedding of 3 components").And.Message.Contains("have 2"));
        Assert.That(() => ml.MetricLearning.ProjectTSne(empty), Throws.ArgumentException.With.Property("ParamName").EqualTo("rows"));
        Assert.That(() => ml.MetricLearning.ProjectTSne(hollow), Throws.ArgumentException.With.Message.Contains("0 components"));
        Assert.That(() => ml.MetricLearning.ProjectTSne(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("rows"));
    }

    private sealed class Row
    {
        public float[] Embedding { get; set; } = [];

        public int Label { get; set; }
    }

    // System.Progress<T> tells on other threads, and so in any order.
    private sealed class Listener(Action<TSneProgress> report) : IProgress<TSneProgress>
    {
        public void Report(TSneProgress value) => report(value);
    }
}
