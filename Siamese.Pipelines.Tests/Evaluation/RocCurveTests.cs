using Microsoft.ML;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RocCurveTests
{
    [Test]
    public void Create_gives_a_point_for_each_score_with_ties_together()
    {
        RocCurve curve = RocCurve.Create(new float[] { 1, 3, 2, 3 }, new float[] { 3, 4 });

        Assert.That(curve.Points, Is.EqualTo(new RocPoint[]
        {
            new(0, 0, float.NegativeInfinity), new(0, 0.25, 1), new(0, 0.5, 2), new(0.5, 1, 3), new(1, 1, 4),
        }));
        Assert.That(curve.Area, Is.EqualTo((0.5 * 0.75) + 0.5));
    }

    [Test]
    public void Points_are_what_their_thresholds_keep_and_the_area_is_that_of_the_trapezes([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        float[] known = [.. Enumerable.Range(0, random.Next(1, 50)).Select(_ => (float)random.Next(12))];
        float[] unknown = [.. Enumerable.Range(0, random.Next(1, 50)).Select(_ => (float)random.Next(4, 16))];

        RocCurve curve = RocCurve.Create(known, unknown);

        Assert.That(curve.Points, Has.Count.EqualTo(1 + known.Concat(unknown).Distinct().Count()));
        foreach (RocPoint point in curve.Points)
        {
            Assert.That(point.FalsePositiveRate, Is.EqualTo(unknown.Average(score => score <= point.Threshold ? 1.0 : 0.0)).Within(1e-12));
            Assert.That(point.TruePositiveRate, Is.EqualTo(known.Average(score => score <= point.Threshold ? 1.0 : 0.0)).Within(1e-12));
        }

        double trapezes = curve.Points.Zip(curve.Points.Skip(1), Trapeze).Sum();
        Assert.That(curve.Area, Is.EqualTo(trapezes).Within(1e-12));
        Assert.That(curve.Area, Is.EqualTo(ThresholdScan.Auroc(known, unknown)).Within(1e-12));
        Assert.That(
            curve.Points.First(point => point.TruePositiveRate >= 0.95).FalsePositiveRate,
            Is.EqualTo(RejectionEvaluator.Evaluate(known, unknown).FalsePositiveRateAt95));

        static double Trapeze(RocPoint a, RocPoint b) =>
            (b.FalsePositiveRate - a.FalsePositiveRate) * (a.TruePositiveRate + b.TruePositiveRate) / 2;
    }

    [Test]
    public void The_curve_ends_at_one_whatever_the_scores()
    {
        RocCurve equal = RocCurve.Create(new float[3], new float[2]);
        RocCurve infinite = RocCurve.Create([float.NegativeInfinity], [float.PositiveInfinity]);

        Assert.That(equal.Points, Is.EqualTo(new RocPoint[] { new(0, 0, float.NegativeInfinity), new(1, 1, 0) }));
        Assert.That(equal.Area, Is.EqualTo(0.5));
        Assert.That(
            infinite.Points.Select(point => (point.FalsePositiveRate, point.TruePositiveRate)),
            Is.EqualTo(new[] { (0.0, 0.0), (0, 1), (1, 1) }));
    }

    [Test]
    public void Create_reads_the_scores_of_views()
    {
        var ml = new MLContext(seed: 1);
        IDataView known = ml.Data.LoadFromEnumerable<Row>([new(1), new(3)]);
        IDataView unknown = ml.Data.LoadFromEnumerable<Row>([new(2), new(4)]);

        Assert.That(RocCurve.Create(known, unknown).Points, Is.EqualTo(RocCurve.Create([1, 3], [2, 4]).Points));
        Assert.That(
            () => RocCurve.Create(known, known),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown").And.Message.Contains("both are one view"));
    }

    [Test]
    public void Scores_that_cannot_be_ranked_are_refused_with_their_row() =>
        Assert.That(
            () => RocCurve.Create([1], [2, float.NaN]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScores")
                .And.Message.Contains("Row 1 of unknownScores is NaN"));

    private sealed class Row(float score)
    {
        public float UnknownScore { get; } = score;
    }
}
