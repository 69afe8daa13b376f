using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>Pictures that lie on their side or upside down, and faces that are found after a turn of them.</summary>
public sealed class TurnedFaceTests
{
    private const int Width = 7;
    private const int Height = 4;

    private static readonly (int X, int Y) Mark = (5, 1);

    private static IEnumerable<string> Names => FaceData.Expected.Chain.Faces.Keys.Take(2);

    [Test]
    public void What_is_found_after_a_turn_is_given_in_the_pixels_of_the_picture([Range(1, 3)] int quarters)
    {
        // A face of 2 x 1 pixels from the mark on, as it lies in each turn; only one turn is sure of it.
        var detector = new ScriptedDetector(0.5f, (picture, look) => [Found(picture, look == quarters ? 0.9f : 0.3f)]);

        DetectedFace face = detector.Detect(Marked()).Single();

        Assert.That(detector.Looks, Is.EqualTo(4));
        Assert.That(face.Score, Is.EqualTo(0.9f));
        Assert.That(face.Box, Is.EqualTo(new FaceBox(Mark.X, Mark.Y, 1, 1)));
        Assert.That(face.Landmarks.ToArray(), Is.All.EqualTo(new Vector2(Mark.X, Mark.Y)));
    }

    [Test]
    public void A_box_keeps_its_sides_and_its_middle([Range(1, 3)] int quarters)
    {
        // From (1, 0) to (4, 2) of 7 x 4, drawn by hand in the picture turned by one, two and three quarters clockwise.
        FaceBox[] turned = [default, new(2, 1, 2, 3), new(3, 2, 3, 2), new(0, 3, 2, 3)];
        var detector = new ScriptedDetector(0.5f, (_, look) => look == quarters ? [Face(turned[look], 0.9f)] : []);

        Assert.That(detector.Detect(Marked()).Single().Box, Is.EqualTo(new FaceBox(1, 0, 3, 2)));
    }

    [Test]
    public void A_picture_is_turned_clockwise_a_quarter_at_a_time()
    {
        var seen = new List<(int Width, int Height, byte[] Red, byte[] Blue)>();
        var detector = new ScriptedDetector(1f, (picture, _) =>
        {
            int plane = picture.Width * picture.Height;
            seen.Add((picture.Width, picture.Height, picture.Planes[..plane].ToArray(), picture.Planes[(2 * plane)..].ToArray()));
            return [];
        });

        // Red 1 2 3 / 4 5 6, and blue ten times that.
        Assert.That(detector.Detect(FacePicture.Of(3, 2, [1, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0, 0, 10, 20, 30, 40, 50, 60])), Is.Empty);

        Assert.That(seen.Select(picture => (picture.Width, picture.Height)), Is.EqualTo(new[] { (3, 2), (2, 3), (3, 2), (2, 3) }));
        Assert.That(seen[1].Red, Is.EqualTo(new byte[] { 4, 1, 5, 2, 6, 3 }));
        Assert.That(seen[2].Red, Is.EqualTo(new byte[] { 6, 5, 4, 3, 2, 1 }));
        Assert.That(seen[3].Red, Is.EqualTo(new byte[] { 3, 6, 2, 5, 1, 4 }));
        Assert.That(seen.Select(picture => picture.Blue), Is.EqualTo(seen.Select(picture => picture.Red.Select(value => (byte)(10 * value)))));
    }

    [TestCase(0f, 0.01f, 1)]
    [TestCase(0.5f, 0.5f, 1)]
    [TestCase(0.5f, 0.49f, 4)]
    public void A_picture_is_turned_where_its_largest_face_is_poor(float below, float score, int looks)
    {
        // The small face is sure, but it is not the one that counts.
        var detector = new ScriptedDetector(
            below, (_, look) => look == 0 ? [Face(new FaceBox(0, 0, 1, 1), 0.95f), Face(new FaceBox(1, 1, 3, 2), score)] : [Face(new FaceBox(0, 0, 1, 1), 0.95f)]);

        Assert.That(detector.Detect(Marked()), Has.Count.EqualTo(2), "no turn is surer than the picture as it is");
        Assert.That(detector.Looks, Is.EqualTo(looks));
    }

    [TestCase(0f, 1)]
    [TestCase(0.01f, 4)]
    public void A_picture_without_a_face_is_turned_only_where_that_was_asked_for(float below, int looks)
    {
        var detector = new ScriptedDetector(below, (_, _) => []);

        Assert.That(detector.Detect(Marked()), Is.Empty);
        Assert.That(detector.Looks, Is.EqualTo(looks));
    }

    [TestCase(-0.01f)]
    [TestCase(1.01f)]
    [TestCase(float.NaN)]
    public void A_score_that_cannot_be_is_refused(float score)
    {
        Assert.That(() => new SsdFaceDetectorOptions { TurnBelowScore = score }, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("TurnBelowScore"));
        Assert.That(() => new YuNetFaceDetectorOptions { TurnBelowScore = score }, Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("TurnBelowScore"));
        Assert.That(() => new ScriptedDetector(score, (_, _) => []).Detect(Marked()), Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("turnBelowScore"));
    }

    [TestCaseSource(nameof(Names))]
    public void A_photograph_that_lies_is_embedded_as_the_upright_one(string name)
    {
        string path = FaceData.Lfw(name);
        using SsdFaceDetector plain = FaceData.LoadSsd();
        using SsdFaceDetector turning = FaceData.LoadSsd(new SsdFaceDetectorOptions { TurnBelowScore = 0.9f });

        CheckTurned(path, plain, turning);
    }

    [TestCaseSource(nameof(Names))]
    public void A_photograph_that_lies_is_embedded_as_the_upright_one_with_YuNet(string name)
    {
        string path = FaceData.Lfw(name);
        using YuNetFaceDetector plain = YuNetFaceDetector.Load(FaceData.YuNet());
        using YuNetFaceDetector turning = YuNetFaceDetector.Load(FaceData.YuNet(), new YuNetFaceDetectorOptions { TurnBelowScore = 0.92f });

        CheckTurned(path, plain, turning);
    }

    private static void CheckTurned(string path, FaceDetector plain, FaceDetector turning)
    {
        using FaceEmbedder reference = new(plain, FaceData.LoadDlib(), new FaceOptions { NoFace = NoFacePolicy.WholeImage });
        using FaceEmbedder embedder = new(turning, FaceData.LoadDlib(), new FaceOptions { NoFace = NoFacePolicy.Throw });
        using MLImage upright = ImageFile.Read(path);
        FaceEmbedding expected = reference.Embed(upright).Single();
        for (int quarters = 0; quarters < 4; quarters++)
        {
            using MLImage lying = Turn(upright, quarters);

            FaceEmbedding found = embedder.Embed(lying).Single();

            // Bilinear weights are rounded otherwise where a chip is read sideways.
            Assert.That(TensorPrimitives.Distance(found.Embedding, expected.Embedding), Is.LessThan(0.02f), $"{quarters} quarters");
            if (quarters > 0)
            {
                float without = TensorPrimitives.Distance(reference.Embed(lying).Single().Embedding, expected.Embedding);
                Assert.That(without, Is.GreaterThan(0.5f), $"{quarters} quarters, never turned");
            }
        }
    }

    /// <summary>Turns an image clockwise, a quarter at a time.</summary>
    private static MLImage Turn(MLImage image, int quarters)
    {
        int width = image.Width;
        int height = image.Height;
        uint[] pixels = MemoryMarshal.Cast<byte, uint>(image.Pixels).ToArray();
        for (int turn = 0; turn < quarters; turn++)
        {
            var turned = new uint[pixels.Length];
            for (int i = 0; i < pixels.Length; i++)
            {
                (int y, int x) = Math.DivRem(i, width);
                turned[(x * height) + height - 1 - y] = pixels[i];
            }

            (width, height, pixels) = (height, width, turned);
        }

        return MLImage.CreateFromPixels(width, height, image.PixelFormat, MemoryMarshal.AsBytes(pixels.AsSpan()));
    }

    private static FacePicture Marked()
    {
        var planes = new byte[3 * Width * Height];
        planes[(Mark.Y * Width) + Mark.X] = byte.MaxValue;
        return FacePicture.Of(Width, Height, planes);
    }

    private static DetectedFace Found(FacePicture picture, float score)
    {
        (int y, int x) = Math.DivRem(picture.Planes.IndexOf(byte.MaxValue), picture.Width);
        return Face(new FaceBox(x, y, 1, 1), score);
    }

    private static DetectedFace Face(FaceBox box, float score)
    {
        var corner = new Vector2(box.X, box.Y);
        return new DetectedFace(box, score, new FaceLandmarks(corner, corner, corner, corner, corner));
    }

    private sealed class ScriptedDetector(float below, Func<FacePicture, int, IReadOnlyList<DetectedFace>> look) : FaceDetector
    {
        public int Looks { get; private set; }

        public override IReadOnlyList<DetectedFace> Detect(FacePicture picture) => DetectTurned(picture, below, turned => look(turned, Looks++));
    }
}
