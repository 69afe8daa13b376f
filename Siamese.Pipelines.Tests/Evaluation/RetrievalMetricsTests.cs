using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RetrievalMetricsTests
{
    private static readonly RetrievalMetrics Metrics = new()
    {
        PrecisionAt1 = 0.988,
        RPrecision = 0.97714,
        MeanAveragePrecisionAtR = 0.9702,
        MeanReciprocalRank = 0.9915,
        RecallAtK = new SortedDictionary<int, double> { [4] = 0.9941, [10] = 1 },
        Queries = 10000,
        QueriesWithoutMatch = 0,
    };

    [Test]
    public void ToString_says_the_figures_in_percent()
    {
        Assert.That(
            Metrics.ToString(),
            Is.EqualTo(
                "precision@1 98.80 %, R-precision 97.71 %, MAP@R 97.02 %, MRR 99.15 %, recall@4 99.41 %, recall@10 100.00 % "
                + "(10000 queries)"));
        Assert.That((Metrics with { QueriesWithoutMatch = 3 }).ToString(), Does.EndWith("(10000 queries, 3 more without a match)"));
    }

    [Test]
    public void Metrics_are_equal_when_their_figures_are()
    {
        RetrievalMetrics same = Metrics with { RecallAtK = new Dictionary<int, double> { [10] = 1, [4] = 0.9941 } };

        Assert.That(same, Is.EqualTo(Metrics));
        Assert.That(same.GetHashCode(), Is.EqualTo(Metrics.GetHashCode()));
        Assert.That(Metrics with { RecallAtK = new Dictionary<int, double> { [10] = 1 } }, Is.Not.EqualTo(Metrics));
        Assert.That(Metrics with { MeanAveragePrecisionAtR = 0.97 }, Is.Not.EqualTo(Metrics));
    }
}
