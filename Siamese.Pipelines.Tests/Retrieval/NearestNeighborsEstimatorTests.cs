using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class NearestNeighborsEstimatorTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void Neighbours_vote_as_in_the_obvious_implementation(
        [Values(1, 2, 3, 7, 50)] int neighbors, [Values] DistanceMetric distance, [Values(1, 2, 3)] int seed)
    {
        // Coordinates that are multiples of 1/4 make ties, which are exact for Euclidean distances alone.
        Point[] references = Points(50, classes: 4, seed, exact: distance == DistanceMetric.Euclidean);
        Point[] queries = Points(40, classes: 4, seed + 100, exact: distance == DistanceMetric.Euclidean);
        using var classifier = Fit(references, new NearestNeighborsOptions { Neighbors = neighbors, Distance = distance });

        IDataView scored = classifier.Transform(View(references, queries));

        string[] names = KeyNames(scored.Schema["PredictedLabel"]);
        (string Label, float[] Shares)[] expected = [.. queries.Select(query => ByHand(references, query, neighbors, distance, names))];
        Assert.That(scored.GetColumn<uint>("PredictedLabel").Select(key => names[key - 1]), Is.EqualTo(expected.Select(found => found.Label)));
        Assert.That(
            scored.GetColumn<VBuffer<float>>("Score").Select(score => score.DenseValues().ToArray()),
            Is.EqualTo(expected.Select(found => found.Shares)).Within(1e-5f));
    }

    [Test]
    public void Nearest_points_on_a_line_can_be_read_off()
    {
        // a at 0 and 1, b at 4 and 6: at 2 the nearest is a's 1; at 2.6 it is b's 4 with k = 1, and a's two outvote it with k = 3.
        Point[] references = [At(0, "a"), At(1, "a"), At(4, "b"), At(6, "b")];
        Point[] queries = [At(2, "a"), At(2.6f, "a")];
        using var one = Fit(references, new NearestNeighborsOptions());
        using var three = Fit(references, new NearestNeighborsOptions { Neighbors = 3 });

        Assert.That(Names(one.Transform(View(references, queries))), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(Names(three.Transform(View(references, queries))), Is.EqualTo(new[] { "a", "a" }));
    }

    [Test]
    public void A_saved_classifier_gives_the_same_labels_in_plain_MLNET_and_when_loaded_here()
    {
        Point[] references = Points(60, classes: 5, seed: 1);
        Point[] queries = Points(30, classes: 5, seed: 2);
        using var classifier = Fit(references, new NearestNeighborsOptions { Neighbors = 3 });
        IDataView view = View(references, queries);
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(classifier, view.Schema, file.Path);

        IDataView stock = new MLContext().Model.Load(file.Path, out _).Transform(view);
        IDataView batched = _ml.MetricLearning.Load(file.Path, out _).Transform(view);

        IDataView expected = classifier.Transform(view);
        Assert.That(Names(stock), Is.EqualTo(Names(expected)));
        Assert.That(Names(batched), Is.EqualTo(Names(expected)));
        Assert.That(stock.Schema.Where(column => !column.IsHidden).Select(column => column.Name), Is.EquivalentTo(
            expected.Schema.Where(column => !column.IsHidden).Select(column => column.Name)));
    }

    [Test]
    public void ML_NETs_own_evaluation_takes_what_it_gives()
    {
        Point[] references = Points(60, classes: 3, seed: 1);
        using var classifier = Fit(references, new NearestNeighborsOptions());

        MulticlassClassificationMetrics metrics = _ml.MulticlassClassification.Evaluate(classifier.Transform(View(references, references)));

        Assert.That(metrics.MicroAccuracy, Is.EqualTo(1), "every point is its own nearest neighbour");
    }

    [Test]
    public void Labels_that_are_no_keys_are_refused_with_the_remedy() =>
        Assert.That(
            () => _ml.MetricLearning.NearestNeighbors().Fit(_ml.Data.LoadFromEnumerable(Points(5, 2, 1))),
            Throws.ArgumentException.With.Message.Contains("'Label'").And.Message.Contains("MapValueToKey"));

    [Test]
    public void Ten_thousand_classes_are_fitted_and_the_saved_file_grows_with_the_rows()
    {
        // A step for each class that takes time by the square of the classes would take hours.
        (long size, string[] names) = Saved(10_000);
        (long half, _) = Saved(5_000);

        Assert.That(size, Is.LessThan(2.2 * half).And.LessThan(2_000_000));
        Assert.That(names, Is.EqualTo(new[] { "class 0", "class 4999", "class 9999" }));

        (long Size, string[] Names) Saved(int classes)
        {
            Point[] references = [.. Enumerable.Range(0, classes).Select(i => new Point { Features = [i % 100, i / 100, 0], Label = $"class {i}" })];
            using TransformerChain<ITransformer> classifier = Fit(references, new NearestNeighborsOptions());
            Point[] queries = [references[0], references[(classes / 2) - 1], references[^1]];
            IDataView view = _ml.Data.LoadFromEnumerable(queries);
            using var file = new TemporaryFile(".zip");
            _ml.Model.Save(classifier, view.Schema, file.Path);
            return (new FileInfo(file.Path).Length, Names(new MLContext().Model.Load(file.Path, out _).Transform(view)));
        }
    }

    [Test]
    public void Keys_of_Booleans_and_keys_of_bytes_are_taken()
    {
        var flags = _ml.Data.LoadFromEnumerable(new[] { new Flagged { Features = [0], Label = true }, new Flagged { Features = [9], Label = false } });
        var bytes = _ml.Data.LoadFromEnumerable(new[] { new Counted { Features = [0], Label = 3, Long = 3 }, new Counted { Features = [9], Label = 1, Long = 1 } });
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(flags).Transform(flags);

        using TransformerChain<ITransformer> ofFlags = _ml.MetricLearning.NearestNeighbors().Fit(keyed);
        using TransformerChain<ITransformer> ofBytes = _ml.MetricLearning.NearestNeighbors().Fit(bytes);
        using TransformerChain<ITransformer> ofLongs = _ml.MetricLearning.NearestNeighbors("Long").Fit(bytes);

        IDataView scored = ofFlags.Transform(keyed);
        Assert.That(
            _ml.Transforms.Conversion.MapKeyToValue("Said", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<bool>("Said"),
            Is.EqualTo(new[] { true, false }));

        // Rows in memory count keys from 0.
        Assert.That(ofBytes.Transform(bytes).GetColumn<uint>("PredictedLabel"), Is.EqualTo(new uint[] { 4, 2 }));
        Assert.That(ofLongs.Transform(bytes).GetColumn<uint>("PredictedLabel"), Is.EqualTo(new uint[] { 4, 2 }));
        Assert.That(ofLongs.Transform(bytes).Schema["PredictedLabel"].Type, Is.EqualTo(new KeyDataViewType(typeof(uint), 5)));
    }

    [Test]
    public void A_key_of_too_many_values_is_refused_with_the_remedy()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(Points(5, 2, 1));
        IDataView hashed = _ml.Transforms.Conversion.Hash("Label", "Label", numberOfBits: 30).Fit(rows).Transform(rows);

        Assert.That(
            () => _ml.MetricLearning.NearestNeighbors().Fit(hashed),
            Throws.ArgumentException.With.Message.Contains("1073741824 values").And.Message.Contains("MapValueToKey"));
    }

    private static Point[] Points(int count, int classes, int seed, bool exact = true)
    {
        var random = new Random(seed);
        float Coordinate() => exact ? random.Next(8) / 4f : random.NextSingle();
        return [.. Enumerable.Range(0, count).Select(i => new Point
        {
            Features = [Coordinate(), Coordinate(), Coordinate()],
            Label = $"class {random.Next(classes)}",
        })];
    }

    private static Point At(float x, string label) => new() { Features = [x, 0, 0], Label = label };

    private static (string Label, float[] Shares) ByHand(Point[] references, Point query, int neighbors, DistanceMetric distance, string[] names)
    {
        Point[] nearest = [.. references.OrderBy(reference => Distance(reference.Features, query.Features, distance)).Take(neighbors)];
        string label = nearest.GroupBy(point => point.Label)
            .OrderByDescending(votes => votes.Count())
            .ThenBy(votes => votes.Min(vote => Array.IndexOf(nearest, vote)))
            .First().Key;
        return (label, [.. names.Select(name => (float)nearest.Count(point => point.Label == name) / nearest.Length)]);
    }

    private static float Distance(float[] x, float[] y, DistanceMetric distance)
    {
        float product = x.Zip(y, (a, b) => a * b).Sum();
        float xx = x.Sum(a => a * a);
        float yy = y.Sum(b => b * b);
        return distance == DistanceMetric.Euclidean ? xx + yy - (2 * product) : 1 - (product / MathF.Sqrt(xx * yy));
    }

    private static string[] Names(IDataView scored)
    {
        string[] names = KeyNames(scored.Schema["PredictedLabel"]);
        return [.. scored.GetColumn<uint>("PredictedLabel").Select(key => names[key - 1])];
    }

    private static string[] KeyNames(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private TransformerChain<ITransformer> Fit(Point[] references, NearestNeighborsOptions options) =>
        _ml.MetricLearning.NearestNeighbors(options: options).Fit(View(references, references));

    private IDataView View(Point[] known, Point[] rows) =>
        _ml.Transforms.Conversion.MapValueToKey("Label").Fit(_ml.Data.LoadFromEnumerable(known)).Transform(_ml.Data.LoadFromEnumerable(rows));

    private sealed class Flagged
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];

        public bool Label { get; set; }
    }

    private sealed class Counted
    {
        [VectorType(1)]
        public float[] Features { get; set; } = [];

        [KeyType(5)]
        public byte Label { get; set; }

        [KeyType(5)]
        public ulong Long { get; set; }
    }

    private sealed class Point
    {
        [VectorType(3)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
