using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceBoxTests
{
    // 10 x 10 boxes shifted by half share 50 of 150 square pixels.
    [TestCase(0, 0, 10, 10, 1f)]
    [TestCase(5, 0, 10, 10, 1 / 3f)]
    [TestCase(5, 5, 10, 10, 25 / 175f)]
    [TestCase(2, 2, 5, 5, 0.25f)]
    [TestCase(10, 0, 10, 10, 0f)]
    [TestCase(20, 20, 10, 10, 0f)]
    public void Intersection_over_union_is_as_by_hand(float x, float y, float width, float height, float expected)
    {
        var box = new FaceBox(0, 0, 10, 10);
        var other = new FaceBox(x, y, width, height);

        Assert.That(box.IntersectionOverUnion(other), Is.EqualTo(expected).Within(1e-6f));
        Assert.That(other.IntersectionOverUnion(box), Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void Boxes_without_area_overlap_nothing() =>
        Assert.That(new FaceBox(1, 1, 0, 0).IntersectionOverUnion(new FaceBox(1, 1, 0, 0)), Is.Zero);
}
