using System.Numerics;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class SimilarityTransformTests
{
    [Test]
    public void A_quarter_turn_of_twice_the_size_is_found_as_by_hand()
    {
        // (x, y) goes to (-2 y + 10, 2 x + 20): p = 0, q = 2.
        Vector2[] source = [new(0, 0), new(1, 0), new(0, 1)];
        Vector2[] target = [new(10, 20), new(10, 22), new(8, 20)];

        SimilarityTransform found = SimilarityTransform.Between(source, target);

        Assert.That(new[] { found.P, found.Q, found.X, found.Y }, Is.EqualTo(new double[] { 0, 2, 10, 20 }).Within(1e-12));
        Assert.That(found.Apply(3, 4), Is.EqualTo((2.0, 26.0)));
        Assert.That(found.Invert(2, 26), Is.EqualTo((3.0, 4.0)));
    }

    [Test]
    public void A_stretched_shape_gets_the_mean_of_its_two_scales()
    {
        // A square of side 2 about the origin goes to a box of 4 x 2: S = 8, sum of ax bx = 8, of ay by = 4, so p = 12 / 8.
        Vector2[] source = [new(-1, -1), new(1, -1), new(-1, 1), new(1, 1)];
        Vector2[] target = [new(-2, -1), new(2, -1), new(-2, 1), new(2, 1)];

        SimilarityTransform found = SimilarityTransform.Between(source, target);

        Assert.That(found, Is.EqualTo(new SimilarityTransform(1.5, 0, 0, 0)));
    }

    [Test]
    public void No_other_similarity_is_nearer([Range(1, 20)] int seed)
    {
        var random = new Random(seed);
        Vector2[] source = [.. Enumerable.Range(0, 5).Select(_ => new Vector2(random.Next(300), random.Next(300)))];
        Vector2[] target = FaceTemplate.ArcFace.Landmarks.ToArray();

        SimilarityTransform found = SimilarityTransform.Between(source, target);

        double Error(SimilarityTransform transform) => source.Zip(target, (from, to) =>
        {
            (double x, double y) = transform.Apply(from.X, from.Y);
            return ((x - to.X) * (x - to.X)) + ((y - to.Y) * (y - to.Y));
        }).Sum();
        double least = Error(found);
        foreach (double step in new[] { -1e-3, 1e-3 })
        {
            Assert.That(Error(found with { P = found.P + step }), Is.GreaterThan(least));
            Assert.That(Error(found with { Q = found.Q + step }), Is.GreaterThan(least));
            Assert.That(Error(found with { X = found.X + step }), Is.GreaterThan(least));
            Assert.That(Error(found with { Y = found.Y + step }), Is.GreaterThan(least));
        }
    }

    [Test]
    public void Points_in_one_place_or_not_finite_are_refused()
    {
        Vector2[] target = [new(0, 0), new(1, 1)];

        Assert.That(() => SimilarityTransform.Between([new(3, 3), new(3, 3)], target), Throws.ArgumentException.With.Message.Contains("one place"));
        Assert.That(() => SimilarityTransform.Between([new(float.NaN, 3), new(3, 3)], target), Throws.ArgumentException.With.Message.Contains("not finite"));
        Assert.That(() => SimilarityTransform.Between([new(0, 0)], target), Throws.ArgumentException.With.Message.Contains("1 points and 2 targets"));
    }
}
