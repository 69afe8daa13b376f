using System.Numerics;
using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceAlignerTests
{
    private static readonly FaceLandmarks Square = new(new(1, 1), new(3, 1), new(2, 2), new(1, 3), new(3, 3));

    [Test]
    public void Dlibs_chip_has_the_published_points()
    {
        // 25 + 100 p of dlib's mean face p.
        float[][] expected = [[47.55f, 46.60f], [100.48f, 46.60f], [74.01f, 76.56f], [50.41f, 103.02f], [97.61f, 103.02f]];

        Assert.That(FaceTemplate.Dlib.Landmarks.ToArray().Select(point => new[] { point.X, point.Y }), Is.EqualTo(expected).Within(1e-4f));
        Assert.That((FaceTemplate.Dlib.Width, FaceTemplate.Dlib.Height), Is.EqualTo((150, 150)));
    }

    [Test]
    public void Landmarks_that_stand_where_the_template_has_them_give_the_picture_itself()
    {
        byte[] planes = Noise(5, 5);
        var aligner = new FaceAligner(new FaceTemplate(5, 5, Square));

        using MLImage chip = aligner.Align(FacePicture.Of(5, 5, planes), Square);

        Assert.That(FacePicture.Read(chip).Planes.ToArray(), Is.EqualTo(planes));
    }

    [Test]
    public void A_shift_shows_black_where_the_picture_ends_and_a_half_one_the_mean_of_neighbours()
    {
        // One row of red 10, 20, 30, 40; the face stands 1.5 pixels left of where the template has it.
        var planes = new byte[3 * 4 * 4];
        byte[] row = [10, 20, 30, 40];
        row.CopyTo(planes, 4);
        var aligner = new FaceAligner(new FaceTemplate(4, 4, Square));

        using MLImage chip = aligner.Align(FacePicture.Of(4, 4, planes), Shift(Square, -1.5f, 0));

        // Pixel u shows x = u - 1.5: half of black and 10 at u = 1 is 5; then (10 + 20) / 2, (20 + 30) / 2.
        Assert.That(FacePicture.Read(chip).Planes.ToArray()[4..8], Is.EqualTo(new byte[] { 0, 5, 15, 25 }));
        Assert.That(FacePicture.Read(chip).Planes.ToArray()[8..], Has.All.Zero);
    }

    [Test]
    public void A_face_on_its_side_stands_upright_in_its_chip()
    {
        byte[] planes = Noise(6, 6);
        var turned = new byte[planes.Length];
        for (int i = 0; i < planes.Length; i++)
        {
            // (x, y) goes to (5 - y, x).
            (int channel, int y, int x) = (i / 36, i % 36 / 6, i % 6);
            turned[(channel * 36) + (x * 6) + 5 - y] = planes[i];
        }

        Vector2[] points = [.. Square.ToArray().Select(point => new Vector2(5 - point.Y, point.X))];
        var aligner = new FaceAligner(new FaceTemplate(6, 6, Square));

        using MLImage chip = aligner.Align(FacePicture.Of(6, 6, turned), new FaceLandmarks(points[0], points[1], points[2], points[3], points[4]));

        Assert.That(FacePicture.Read(chip).Planes.ToArray(), Is.EqualTo(planes));
    }

    [Test]
    public void A_whole_picture_is_set_in_the_middle_of_a_black_square()
    {
        byte[] planes = Enumerable.Repeat((byte)200, 3 * 2 * 4).ToArray();
        var aligner = new FaceAligner(new FaceTemplate(4, 4, Square));

        using MLImage chip = aligner.Whole(FacePicture.Of(4, 2, planes).ToImage());

        byte[] red = FacePicture.Read(chip).Planes[..16].ToArray();
        Assert.That(red, Is.EqualTo(new byte[] { 0, 0, 0, 0, 200, 200, 200, 200, 200, 200, 200, 200, 0, 0, 0, 0 }));
    }

    private static FaceLandmarks Shift(FaceLandmarks landmarks, float x, float y)
    {
        Vector2[] points = [.. landmarks.ToArray().Select(point => point + new Vector2(x, y))];
        return new FaceLandmarks(points[0], points[1], points[2], points[3], points[4]);
    }

    private static byte[] Noise(int width, int height)
    {
        var planes = new byte[3 * width * height];
        new Random(1).NextBytes(planes);
        return planes;
    }
}
