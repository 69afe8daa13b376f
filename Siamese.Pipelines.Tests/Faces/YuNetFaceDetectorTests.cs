using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class YuNetFaceDetectorTests
{
    private static IEnumerable<string> Names => FaceData.Expected.Detections.Keys;

    [TestCaseSource(nameof(Names))]
    public void The_best_face_is_that_of_the_reference(string name)
    {
        using YuNetFaceDetector detector = YuNetFaceDetector.Load(FaceData.YuNet());
        using MLImage image = ImageFile.Read(FaceData.Lfw(name));
        FaceExpectations.Detection expected = FaceData.Expected.Detections[name];

        // 250 pixels are filled up to 256, as the reference's were.
        DetectedFace found = detector.Detect(image)[0];

        // Another JPEG decoder moves single pixels by a level or two, and the box by tenths of a pixel.
        Assert.That(found.Score, Is.EqualTo(expected.Score).Within(0.005f));
        Assert.That(new[] { found.Box.X, found.Box.Y, found.Box.Width, found.Box.Height }, Is.EqualTo(expected.Box).Within(0.5f));
        Assert.That(found.Landmarks.ToArray().Select(point => new[] { point.X, point.Y }), Is.EqualTo(expected.Landmarks).Within(0.5f));
    }

    [Test]
    public void A_larger_picture_is_shrunk_and_its_faces_are_given_in_its_own_pixels()
    {
        string name = Names.First();
        using YuNetFaceDetector detector = YuNetFaceDetector.Load(FaceData.YuNet(), new YuNetFaceDetectorOptions { LongestSide = 250 });
        using MLImage image = ImageFile.Read(FaceData.Lfw(name));
        using MLImage large = FacePicture.Read(image).Resize(1000, 1000).ToImage();

        FaceBox box = detector.Detect(image)[0].Box;
        FaceBox found = detector.Detect(large)[0].Box;

        Assert.That(new[] { found.X, found.Y, found.Width, found.Height }, Is.EqualTo(new[] { 4 * box.X, 4 * box.Y, 4 * box.Width, 4 * box.Height }).Within(8f));
    }

    [Test]
    public void Another_network_is_refused_with_its_ends() =>
        Assert.That(
            () => YuNetFaceDetector.Load(FaceData.Model("face-landmark-68.onnx")),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("is not a YuNet face detector").And.Message.Contains("'cls_8'")
                .And.Message.Contains("'landmarks'"));
}
