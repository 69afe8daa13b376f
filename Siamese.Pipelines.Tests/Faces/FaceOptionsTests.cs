using System.Numerics;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceOptionsTests
{
    // In a picture of 100 x 80: a large one at the left, a small one in the middle, a middling one cut by the right edge.
    private static readonly DetectedFace Large = Face(1, 10, 40);
    private static readonly DetectedFace Central = Face(45, 35, 10);
    private static readonly DetectedFace Cut = Face(80, 10, 30);
    private static readonly DetectedFace[] All = [Cut, Central, Large];

    [Test]
    public void The_largest_the_most_central_or_all_faces_are_taken()
    {
        Assert.That(Select(FaceSelection.Largest), Is.EqualTo(new[] { Large }));
        Assert.That(Select(FaceSelection.MostCentral), Is.EqualTo(new[] { Central }));
        Assert.That(Select(FaceSelection.All), Is.EqualTo(new[] { Large, Cut, Central }));
    }

    [Test]
    public void A_face_at_the_border_is_dropped_where_the_options_say_so()
    {
        var options = new FaceOptions { Selection = FaceSelection.All, Border = BorderFaces.Drop };

        Assert.That(options.Select(All, 100, 80), Is.EqualTo(new[] { Large, Central }));
        Assert.That(options.Select([Face(0, 10, 20), Face(10, -1, 20), Face(10, 60, 20)], 100, 80), Is.Empty);
        Assert.That(new FaceOptions().Select([Cut], 100, 80), Is.EqualTo(new[] { Cut }));
    }

    [Test]
    public void No_faces_give_none([Values] FaceSelection selection) =>
        Assert.That(new FaceOptions { Selection = selection }.Select([], 100, 80), Is.Empty);

    [Test]
    public void Values_that_are_none_are_refused() =>
        Assert.That(() => new FaceOptions { NoFace = (NoFacePolicy)7 }, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("Mark, WholeImage, Throw"));

    private static IReadOnlyList<DetectedFace> Select(FaceSelection selection) => new FaceOptions { Selection = selection }.Select(All, 100, 80);

    private static DetectedFace Face(float x, float y, float side) =>
        new(new FaceBox(x, y, side, side), 1, new FaceLandmarks(Vector2.Zero, Vector2.Zero, Vector2.Zero, Vector2.Zero, Vector2.Zero));
}
