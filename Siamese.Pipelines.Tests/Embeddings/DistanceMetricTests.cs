using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class DistanceMetricTests
{
    [TestCase(DistanceMetric.Euclidean, new float[] { 1, 2 }, new float[] { 4, 6 }, 5)]
    [TestCase(DistanceMetric.Cosine, new float[] { 1, 2 }, new float[] { 2, 4 }, 0)]
    [TestCase(DistanceMetric.Cosine, new float[] { 1, 2 }, new float[] { -2, 1 }, 1)]
    [TestCase(DistanceMetric.Cosine, new float[] { 1, 2 }, new float[] { -1, -2 }, 2)]
    [TestCase(DistanceMetric.Cosine, new float[] { 1, 2 }, new float[] { 0, 0 }, 1)]
    [TestCase(DistanceMetric.Cosine, new float[] { 3e30f, 0 }, new float[] { 1e-30f, 0 }, 0)]
    public void Between_gives_the_distance(DistanceMetric metric, float[] x, float[] y, float expected) =>
        Assert.That(metric.Between(x, y), Is.EqualTo(expected).Within(1e-6f));

    [Test]
    public void Between_refuses_what_cannot_be_compared()
    {
        Assert.That(() => DistanceMetric.Cosine.Between([1], [1, 2]), Throws.ArgumentException.With.Message.Contains("1 and 2 components"));
        Assert.That(() => DistanceMetric.Euclidean.Between([], []), Throws.ArgumentException);
        Assert.That(() => ((DistanceMetric)9).Between([1], [1]), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(1e-30f)]
    [TestCase(1e-20f)]
    [TestCase(1e19f)]
    [TestCase(1e37f)]
    public void Euclidean_distances_of_very_small_and_very_large_components_are_those_of_double(float scale) => Assert.That(
        DistanceMetric.Euclidean.Between([3 * scale, 0, scale], [0, 4 * scale, scale]), Is.EqualTo(5 * scale).Within(1e-5).Percent);
}
