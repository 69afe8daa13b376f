using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class SsdFaceDetectorTests
{
    private static IEnumerable<string> SsdNames => FaceData.Expected.Ssd.Keys;

    private static IEnumerable<string> LandmarkNames => FaceData.Expected.Landmarks68.Keys;

    private static IEnumerable<string> ChainNames => FaceData.Expected.Chain.Faces.Keys;

    private SsdFaceDetector Detector { get; set; } = null!;

    [OneTimeSetUp]
    public void LoadDetector() => Detector = FaceData.LoadSsd();

    [OneTimeTearDown]
    public void DisposeDetector() => Detector.Dispose();

    [TestCaseSource(nameof(SsdNames))]
    public void Scores_and_boxes_are_those_of_the_networks_own_package(string name)
    {
        FaceExpectations.SsdOutput expected = FaceData.Expected.Ssd[name];
        bool jpeg = name.EndsWith(".jpg", StringComparison.Ordinal);
        using MLImage image = ImageFile.Read(jpeg ? FaceData.Lfw(name) : FaceData.Crop(name));
        FacePicture picture = FacePicture.Read(image);
        var canvas = new float[3 * 512 * 512];
        picture.Place(picture.Width, picture.Height, expected.Place[0], expected.Place[1], canvas, 512, 512);

        (float[] boxes, float[] scores) = Detector.Run(canvas);

        // A PNG has the very pixels: 4e-6 is what the two runtimes differ by, half a digit what the file rounds to. Another JPEG decoder
        // moves single pixels by a level or two.
        int best = Array.IndexOf(scores, scores.Max());
        Assert.That(best, Is.EqualTo(expected.Index));
        Assert.That(scores[best], Is.EqualTo(expected.Score).Within(jpeg ? 2e-3 : 5e-6));
        Assert.That(boxes[(4 * best)..((4 * best) + 4)], Is.EqualTo(expected.Box).Within(jpeg ? 2e-3 : 1.6e-5));
        Assert.That(scores.Count(score => score > 0.5f), Is.EqualTo(expected.Above));
        Assert.That(scores.Sum(), Is.EqualTo(expected.ScoreSum).Within(jpeg ? 0.2 : 1e-3));
    }

    [TestCaseSource(nameof(LandmarkNames))]
    public void The_68_landmarks_are_those_of_the_networks_own_package(string name)
    {
        using MLImage image = ImageFile.Read(FaceData.Crop(name));
        FacePicture middle = FacePicture.Read(image).CutSquare(19, 19, 112, 112);
        var canvas = new float[3 * 112 * 112];
        middle.Place(112, 112, 0, 0, canvas, 112, 112);

        float[] found = Detector.RunLandmarks(canvas);

        // Six digits in the file, and 3e-7 between the runtimes.
        Assert.That(found, Is.EqualTo(FaceData.Expected.Landmarks68[name]).Within(1e-6));
    }

    [TestCaseSource(nameof(ChainNames))]
    public void Boxes_and_landmarks_of_photographs_are_within_two_pixels_of_the_reference(string name)
    {
        FaceExpectations.Face expected = FaceData.Expected.Chain.Faces[name];
        using MLImage image = ImageFile.Read(FaceData.Lfw(name));

        DetectedFace found = Detector.Detect(image).MaxBy(face => face.Box.Area)!;

        // The reference was resized by OpenCV, which moves it by about two pixels.
        Assert.That(new[] { found.Box.X, found.Box.Y, found.Box.Width, found.Box.Height }, Is.EqualTo(expected.Box).Within(2f));
        Assert.That(found.Landmarks.ToArray().Select(point => new[] { point.X, point.Y }), Is.EqualTo(expected.Points).Within(2f));
        Assert.That(found.Score, Is.EqualTo(expected.Score).Within(0.02f));
    }

    [Test]
    public void A_picture_without_a_face_gives_none([Values(1, 37, 700)] int width, [Values(1, 512)] int height)
    {
        using MLImage image = Gray(width, height);

        Assert.That(Detector.Detect(image), Is.Empty);
    }

    [Test]
    public void Boxes_that_are_left_overlap_by_no_more_than_is_allowed()
    {
        string path = FaceData.Lfw(FaceData.Expected.Chain.Faces.Keys.First());
        using SsdFaceDetector eager = FaceData.LoadSsd(new SsdFaceDetectorOptions { MinimumScore = 0.02f, MaximumOverlap = 0.1f });
        using MLImage image = ImageFile.Read(path);

        IReadOnlyList<DetectedFace> found = eager.Detect(image);

        Assert.That(found, Has.Count.GreaterThan(1));
        Assert.That(found.Select(face => face.Score), Is.Ordered.Descending.And.All.GreaterThan(0.02f));
        foreach ((DetectedFace first, DetectedFace second) in found.SelectMany((first, i) => found.Skip(i + 1).Select(second => (first, second))))
        {
            Assert.That(first.Box.IntersectionOverUnion(second.Box), Is.LessThanOrEqualTo(0.1f));
        }
    }

    [Test]
    public void A_first_look_that_is_sure_enough_is_the_only_one()
    {
        string sure = FaceData.Lfw(FaceData.Expected.Chain.Faces.Keys.First());
        string[] crops = [.. FaceData.Expected.Descriptors.Keys.Select(FaceData.Crop)];
        using SsdFaceDetector brief = FaceData.LoadSsd(new SsdFaceDetectorOptions { SufficientScore = 0 });
        IReadOnlyList<DetectedFace> DetectBriefly(string path)
        {
            using MLImage image = ImageFile.Read(path);
            return brief.Detect(image);
        }

        float first = FirstLook(sure);
        string[] missed = [.. crops.Where(path => FirstLook(path) <= 0.5f)];

        // The second look scores otherwise; and where the first finds nothing, the others are taken all the same.
        Assert.That(first, Is.GreaterThan(0.5f));
        Assert.That(DetectBriefly(sure)[0].Score, Is.EqualTo(first));
        Assert.That(Detect(sure)[0].Score, Is.GreaterThan(first));
        Assert.That(missed, Has.Length.GreaterThan(3));
        Assert.That(missed.Select(DetectBriefly), Is.EqualTo(missed.Select(Detect)).And.All.Not.Empty);
    }

    [Test]
    public void Threads_that_detect_at_once_find_alike()
    {
        string[] paths = [.. FaceData.Expected.Chain.Faces.Keys.Take(3).Select(FaceData.Lfw)];
        IReadOnlyList<DetectedFace>[] alone = [.. paths.Select(Detect)];

        IReadOnlyList<DetectedFace>[] together = [.. paths.AsParallel().AsOrdered().WithDegreeOfParallelism(3).Select(Detect)];

        Assert.That(alone, Has.All.Not.Empty);
        Assert.That(together, Is.EqualTo(alone));
    }

    [Test]
    public void Another_network_is_refused_with_its_ends()
    {
        string landmarks = FaceData.Model("face-landmark-68.onnx");

        Assert.That(
            () => SsdFaceDetector.Load(landmarks, landmarks),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("face-ssd-mobilenetv1.onnx").And.Message.Contains("face-landmark-68.onnx' is not")
                .And.Message.Contains("'image' (-1, 3, 112, 112)"));
        Assert.That(
            () => SsdFaceDetector.Load("nowhere.onnx", landmarks),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains("'nowhere.onnx'"));
    }

    [Test]
    public void A_truncated_network_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("half.onnx", File.ReadAllBytes(FaceData.Model("face-landmark-68.onnx")).AsSpan(0, 200_000));

        Assert.That(
            () => SsdFaceDetector.Load(path, path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("half.onnx"));
    }

    private IReadOnlyList<DetectedFace> Detect(string path)
    {
        using MLImage image = ImageFile.Read(path);
        return Detector.Detect(image);
    }

    private float FirstLook(string path)
    {
        using MLImage image = ImageFile.Read(path);
        var canvas = new float[3 * 512 * 512];
        FacePicture.Read(image).Place(512, 512, 0, 0, canvas, 512, 512);
        return Detector.Run(canvas).Scores.Max();
    }

    private static MLImage Gray(int width, int height)
    {
        var pixels = new byte[4 * width * height];
        Array.Fill(pixels, (byte)128);
        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }
}
