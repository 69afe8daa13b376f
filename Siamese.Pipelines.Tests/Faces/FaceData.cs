using System.Text.Json;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>The shipped face networks, their reference outputs, and the photographs that tests read but the repository does not hold.</summary>
internal static class FaceData
{
    public static FaceExpectations Expected { get; } = JsonSerializer.Deserialize<FaceExpectations>(
        File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "faces", "expected.json")), JsonSerializerOptions.Web)!;

    public static string Model(string name) => Path.Combine(TestData.SampleDigits, "..", "..", "..", "onnx", "models", name);

    public static string Lfw(string name) => TestData.Full(Path.Combine("lfw", "lfw-deepfunneled", name));

    public static string Crop(string name) => TestData.Full(Path.Combine("faces-bbt", name));

    public static SsdFaceDetector LoadSsd(SsdFaceDetectorOptions? options = null) =>
        SsdFaceDetector.Load(Model("face-ssd-mobilenetv1.onnx"), Model("face-landmark-68.onnx"), options);

    public static FaceModel LoadDlib() => FaceNetworks.Dlib.Load(Model("face-resnet34-128.onnx"));

    /// <summary>YuNet is no part of the repository; its file lies beside the data.</summary>
    public static string YuNet()
    {
        string path = TestData.Full(Path.Combine("..", "models", "face-yunet-n.onnx"));
        if (!File.Exists(path))
        {
            Assert.Ignore($"There is no '{path}', which is beside the folder that SIAMESE_DATA names.");
        }

        return path;
    }
}
