using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>The classifier against distances in float64, where float32 would lose the digits that decide.</summary>
public sealed class NearestNeighborsExactnessTests
{
    // All differences are taken at once up to 4,096 components of references, and candidates first above.
    private const int FewRows = 60;
    private const int ManyRows = 700;

    private readonly MLContext _ml = new(seed: 1);

    public static IEnumerable<TestCaseData> Places()
    {
        (string Name, Func<Random, int, float> Place)[] places =
        [
            ("about zero", (random, _) => Spread(random)),
            ("10,000 from zero", (random, _) => 1e4f + Spread(random)),
            ("a million from zero", (random, _) => 1e6f + (4 * Spread(random))),
            ("of size 1e-20", (random, _) => 1e-20f * Spread(random)),
            ("of size 1e18", (random, _) => 1e18f * Spread(random)),
            ("near the greatest float32", (random, _) => 1e37f * Spread(random)),
            ("columns of very different sizes", (random, i) => Spread(random) * (i % 2 == 0 ? 1e6f : 1e-6f)),
            ("two clouds, a million to each side of zero", (random, _) => (random.Next(2) * 2e6f) - 1e6f + Spread(random)),
        ];
        return from place in places
               from rows in new[] { FewRows, ManyRows }
               from distance in Enum.GetValues<DistanceMetric>()
               select new TestCaseData(place.Place, rows, distance).SetArgDisplayNames(place.Name, $"{rows} rows", $"{distance}");

        static float Spread(Random random) => (random.NextSingle() * 2) - 1;
    }

    [TestCaseSource(nameof(Places))]
    public void Neighbors_are_those_of_float64(Func<Random, int, float> place, int rows, DistanceMetric distance)
    {
        const int Dimension = 16;
        var random = new Random(5);
        float[] Row() => [.. Enumerable.Range(0, Dimension).Select(i => place(random, i))];
        Row16[] known = [.. Enumerable.Range(0, rows).Select(i => new Row16 { Features = Row(), Label = $"{i}" })];
        Row16[] asked = [.. Enumerable.Range(0, 40).Select(_ => new Row16 { Features = Row(), Label = "0" })];

        string[] labels = Labels(known, asked, distance);

        Assert.That(labels, Is.EqualTo(asked.Select(row => Nearest(known, row, distance))));
    }

    [TestCase(FewRows)]
    [TestCase(ManyRows)]
    public void Near_duplicates_far_from_zero_are_told_apart(int rows)
    {
        // References a unit in the last place from each other, in one component each; half of them far away on the other side.
        var random = new Random(3);
        Row16[] known = [.. Enumerable.Range(0, rows).Select(i =>
        {
            float[] features = [.. Enumerable.Repeat(i % 2 == 0 ? 3e6f : -3e6f, 16)];
            features[(i / 2) % 16] += 0.25f * (1 + (i / 32));
            return new Row16 { Features = features, Label = $"{i}" };
        })];
        Row16[] asked = [.. known.OrderBy(_ => random.Next()).Take(30)];

        Assert.That(Labels(known, asked, DistanceMetric.Euclidean), Is.EqualTo(asked.Select(row => row.Label)));
    }

    [TestCase(FewRows)]
    [TestCase(ManyRows)]
    public void One_reference_that_is_very_far_away_does_not_blur_the_others(int rows)
    {
        var random = new Random(4);
        float[] Row() => [.. Enumerable.Range(0, 16).Select(_ => random.NextSingle())];
        Row16[] known = [.. Enumerable.Range(0, rows).Select(i => new Row16 { Features = Row(), Label = $"{i}" })];
        known[7].Features = [.. Enumerable.Repeat(1e18f, 16)];
        Row16[] asked = [.. Enumerable.Range(0, 30).Select(_ => new Row16 { Features = Row(), Label = "0" })];

        Assert.That(Labels(known, asked, DistanceMetric.Euclidean), Is.EqualTo(asked.Select(row => Nearest(known, row, DistanceMetric.Euclidean))));
    }

    [TestCase(FewRows)]
    [TestCase(ManyRows)]
    public void Of_equal_references_the_first_wins(int rows)
    {
        var random = new Random(6);
        float[][] points = [.. Enumerable.Range(0, 5).Select(_ => Enumerable.Range(0, 16).Select(_ => 1e5f + random.NextSingle()).ToArray())];
        Row16[] known = [.. Enumerable.Range(0, rows).Select(i => new Row16 { Features = points[i % 5], Label = $"{i}" })];
        Row16[] asked = [.. points.Select(point => new Row16 { Features = point, Label = "0" })];

        Assert.That(Labels(known, asked, DistanceMetric.Euclidean), Is.EqualTo(new[] { "0", "1", "2", "3", "4" }));
    }

    [TestCase(float.NaN, FewRows)]
    [TestCase(float.PositiveInfinity, FewRows)]
    [TestCase(float.NegativeInfinity, ManyRows)]
    public void A_row_that_is_not_finite_is_refused_here_and_has_no_label_in_plain_MLNET(float value, int rows)
    {
        var random = new Random(7);
        float[] Row() => [.. Enumerable.Range(0, 16).Select(_ => random.NextSingle())];
        Row16[] known = [.. Enumerable.Range(0, rows).Select(i => new Row16 { Features = Row(), Label = $"{i}" })];
        Row16[] asked = [known[1], new Row16 { Features = Row(), Label = "0" }, known[2]];
        asked[1].Features[3] = value;
        using TransformerChain<ITransformer> classifier = Fit(known, DistanceMetric.Euclidean, out _);
        using var file = new TemporaryFile(".zip");
        IDataView view = _ml.Data.LoadFromEnumerable(asked);
        _ml.Model.Save(classifier, view.Schema, file.Path);

        IDataView plain = new MLContext().Model.Load(file.Path, out _).Transform(view);

        Assert.That(plain.GetColumn<uint>("PredictedLabel"), Is.EqualTo(new uint[] { 2, 0, 3 }));
        Assert.That(plain.GetColumn<float[]>("Score").ElementAt(1), Is.All.NaN);
        Exception? thrown = Assert.Catch(() => _ = classifier.Transform(view).GetColumn<uint>("PredictedLabel").ToArray());
        Assert.That(thrown!.GetBaseException().Message, Does.Contain("'Features'").And.Contain("row 1"));
    }

    [TestCase(float.NaN)]
    [TestCase(float.NegativeInfinity)]
    public void A_reference_that_is_not_finite_is_refused_by_its_row_and_column(float value)
    {
        Row16[] known = [.. Enumerable.Range(0, 4).Select(i => new Row16 { Features = new float[16], Label = $"{i}" })];
        known[2].Features[5] = value;

        Assert.That(
            () => Fit(known, DistanceMetric.Euclidean, out _),
            Throws.ArgumentException.With.Message.Contains("Row 2").And.Message.Contains("component 5 of column 'Features'"));
    }

    private static string Nearest(Row16[] known, Row16 asked, DistanceMetric distance) => known.MinBy(row =>
        distance == DistanceMetric.Euclidean ? SquaredDistance(row.Features, asked.Features, 1, 1) : SquaredDistance(
            row.Features, asked.Features, Norm(row.Features), Norm(asked.Features)))!.Label;

    private static double Norm(float[] x) => Math.Sqrt(x.Sum(value => (double)value * value));

    private static double SquaredDistance(float[] x, float[] y, double xScale, double yScale) =>
        x.Zip(y, (a, b) => (a / xScale) - (b / yScale)).Sum(difference => difference * difference);

    private string[] Labels(Row16[] known, Row16[] asked, DistanceMetric distance)
    {
        using TransformerChain<ITransformer> classifier = Fit(known, distance, out ITransformer map);
        IDataView scored = classifier.Transform(map.Transform(_ml.Data.LoadFromEnumerable(asked)));
        return [.. _ml.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel").Fit(scored).Transform(scored).GetColumn<string>("Name")];
    }

    private TransformerChain<ITransformer> Fit(Row16[] known, DistanceMetric distance, out ITransformer map)
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(known);
        map = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(rows);
        return _ml.MetricLearning.NearestNeighbors(options: new NearestNeighborsOptions { Distance = distance }).Fit(map.Transform(rows));
    }

    private sealed class Row16
    {
        [VectorType(16)]
        public float[] Features { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
