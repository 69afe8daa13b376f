using Microsoft.ML;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RetrievalEvaluatorDataViewTests
{
    private static readonly MLContext Ml = new(seed: 1);

    private static readonly Row[] References = [new([1, 0], "a", 1), new([2, 0], "b", 2), new([3, 0], "a", 1), new([9, 0], "c", 3)];

    // a finds a at once; b finds a, b; nobody is d.
    private static readonly Row[] Queries = [new([5, 0], "b", 2), new([0, 0], "a", 1), new([0, 0], "d", 4)];

    [Test]
    public void Evaluate_agrees_with_the_arrays_of_the_views()
    {
        RetrievalMetrics expected = RetrievalEvaluator.Evaluate(
            new float[] { 5, 0, 0, 0, 0, 0 }, [2, 1, 4], new float[] { 1, 0, 2, 0, 3, 0, 9, 0 }, [1, 2, 1, 3], 2);

        RetrievalMetrics metrics = RetrievalEvaluator.Evaluate(View(Queries), View(References), "Embedding", "Number");

        Assert.That(metrics, Is.EqualTo(expected));
        Assert.That(metrics.MeanReciprocalRank, Is.EqualTo(0.75));
        Assert.That(metrics.QueriesWithoutMatch, Is.EqualTo(1));
    }

    [Test]
    public void Evaluate_matches_the_keys_of_two_views_by_value()
    {
        // The views number their keys as they meet them: b is 1 among the queries and 2 among the references.
        IDataView queries = Keyed(View(Queries));
        IDataView references = Keyed(View(References));
        RetrievalMetrics expected = RetrievalEvaluator.Evaluate(View(Queries), View(References), "Embedding", "Number");

        Assert.That(RetrievalEvaluator.Evaluate(queries, references, "Embedding", "Name"), Is.EqualTo(expected));
        Assert.That(RetrievalEvaluator.Evaluate(queries, View(References), "Embedding", "Name"), Is.EqualTo(expected));
        Assert.That(RetrievalEvaluator.Evaluate(View(Queries), references, "Embedding", "Name"), Is.EqualTo(expected));
    }

    [Test]
    public void Classes_that_the_keys_do_not_know_are_measured_by_the_labels_that_the_keys_were_made_of()
    {
        ITransformer map = Ml.Transforms.Conversion.MapValueToKey("Name").Fit(View([new([0, 0], "z", 9)]));
        RetrievalMetrics expected = RetrievalEvaluator.Evaluate(View(Queries), View(References), "Embedding", "Number");

        Assert.That(
            RetrievalEvaluator.Evaluate(map.Transform(View(Queries)), map.Transform(View(References)), "Embedding", "Name"), Is.EqualTo(expected));
        Assert.That(
            RetrievalEvaluator.EvaluateLeaveOneOut(map.Transform(View(References)), "Embedding", "Name"),
            Is.EqualTo(RetrievalEvaluator.EvaluateLeaveOneOut(View(References), "Embedding", "Name")));
    }

    [TestCase(1e-30f)]
    [TestCase(1e-20f)]
    [TestCase(1e20f)]
    [TestCase(1e37f)]
    public void Rows_of_any_size_rank_alike(float scale)
    {
        Row[] Scaled(Row[] rows) => [.. rows.Select(row => new Row(Array.ConvertAll(row.Embedding, value => value * scale), row.Name, row.Number))];
        RetrievalMetrics expected = RetrievalEvaluator.Evaluate(View(Queries), View(References), "Embedding", "Number");

        Assert.That(RetrievalEvaluator.Evaluate(View(Scaled(Queries)), View(Scaled(References)), "Embedding", "Number"), Is.EqualTo(expected));
    }

    [Test]
    public void EvaluateLeaveOneOut_agrees_with_the_arrays_of_the_view()
    {
        RetrievalMetrics expected = RetrievalEvaluator.EvaluateLeaveOneOut(
            new float[] { 1, 0, 2, 0, 3, 0, 9, 0 }, [1, 2, 1, 3], 2, new() { RecallAt = [2] });

        RetrievalMetrics metrics = RetrievalEvaluator.EvaluateLeaveOneOut(
            Keyed(View(References)), "Embedding", "Name", new() { RecallAt = [2] });

        Assert.That(metrics, Is.EqualTo(expected));
    }

    [Test]
    public void Text_against_numbers_is_refused_with_an_example_of_each()
    {
        IDataView text = Ml.Transforms.CopyColumns("Label", "Name").Fit(View(Queries)).Transform(View(Queries));
        IDataView numbers = Ml.Transforms.CopyColumns("Label", "Number").Fit(View(References)).Transform(View(References));

        Assert.That(
            () => RetrievalEvaluator.Evaluate(text, numbers, "Embedding", "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("queries are text, such as 'b'").And.Message.Contains("references are numbers, such as '1'"));
    }

    [Test]
    public void Embeddings_of_two_lengths_are_refused_with_both()
    {
        IDataView longer = View([new Row([1, 2, 3], "a", 1)]);

        Assert.That(
            () => RetrievalEvaluator.Evaluate(View(Queries), longer, "Embedding", "Name"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName")
                .And.Message.Contains("2 components").And.Message.Contains("of 3"));
    }

    [Test]
    public void Labels_that_never_meet_are_refused_with_an_example_of_each() =>
        Assert.That(
            () => RetrievalEvaluator.Evaluate(View([Queries[2]]), View(References), "Embedding", "Name"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("'d'").And.Message.Contains("'a'"));

    [Test]
    public void A_view_without_rows_is_refused_by_name() =>
        Assert.That(
            () => RetrievalEvaluator.Evaluate(View(Queries), View([]), "Embedding", "Name"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("references"));

    [Test]
    public void A_cancelled_evaluation_reads_no_more() =>
        Assert.That(
            () => RetrievalEvaluator.EvaluateLeaveOneOut(
                View(References), "Embedding", "Name", new() { CancellationToken = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());

    private static IDataView View(Row[] rows) => Ml.Data.LoadFromEnumerable(rows);

    private static IDataView Keyed(IDataView view) => Ml.Transforms.Conversion.MapValueToKey("Name").Fit(view).Transform(view);

    private sealed class Row(float[] embedding, string name, int number)
    {
        public float[] Embedding { get; } = embedding;

        public string Name { get; } = name;

        public int Number { get; } = number;
    }
}
