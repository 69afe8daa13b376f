using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceNetworksTests
{
    // What each network's own code makes of a pixel of red 10, green 100, blue 250, plane by plane.
    private static readonly object[][] Pixels =
    [
        ["Dlib", 150, new[] { 10f, 100f, 250f }],

        // BGR less the published means: 250 - 93.5940, 100 - 104.7624, 10 - 129.1863.
        ["VggFace", 224, new[] { 156.406f, -4.7624f, -119.1863f }],
        ["VggFace2", 224, new[] { 158.5047f, -3.8827f, -121.0912f }],

        // (10 - 127.5) / 128, (100 - 127.5) / 128, (250 - 127.5) / 128.
        ["FaceNet", 160, new[] { -0.91796875f, -0.21484375f, 0.95703125f }],

        // The same over 127.5.
        ["ArcFace", 112, new[] { -0.92156863f, -0.21568627f, 0.96078431f }],
        ["SFace", 112, new[] { 10f, 100f, 250f }],
    ];

    [TestCaseSource(nameof(Pixels))]
    public void The_network_sees_the_pixels_that_its_own_code_computes(string name, int side, float[] expected)
    {
        FaceNetwork network = FaceNetworks.Find(name);
        using var file = new TemporaryFile(".onnx");
        File.WriteAllBytes(file.Path, Echo(network.Input));
        using ImageEmbedder embedder = network.Load(file.Path).Embedding.CreateEmbedder();
        var pixels = new byte[4 * side * side];
        new byte[] { 10, 100, 250, 255 }.CopyTo(pixels, 4 * ((2 * side) + 1));
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }

        using MLImage image = MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels);
        float[] seen = embedder.Embed(image);

        // Row 2, column 1 of each plane.
        float[] found = [.. Enumerable.Range(0, 3).Select(channel => seen[(channel * side * side) + (2 * side) + 1])];
        Assert.That(found, Is.EqualTo(expected).Within(1e-4f));
        Assert.That(seen, Has.Length.EqualTo(3 * side * side));
    }

    [Test]
    public void Every_network_has_a_test_of_its_pixels() =>
        Assert.That(Pixels.Select(row => row[0]), Is.EquivalentTo(FaceNetworks.All.Select(network => network.Name)));

    [Test]
    public void Aligned_networks_take_the_published_points()
    {
        // src1 of InsightFace's face_align.py; OpenCV's FaceRecognizerSF has the same.
        float[][] expected = [[38.2946f, 51.6963f], [73.5318f, 51.5014f], [56.0252f, 71.7366f], [41.5493f, 92.3655f], [70.7299f, 92.2041f]];

        Assert.That(FaceNetworks.ArcFace.Template.Landmarks.ToArray().Select(point => new[] { point.X, point.Y }), Is.EqualTo(expected));
        Assert.That(FaceNetworks.SFace.Template, Is.EqualTo(FaceNetworks.ArcFace.Template));
    }

    [Test]
    public void Loose_templates_show_the_mean_face_in_their_middle_half()
    {
        // (p + 0.5) / 2 x 224 of the left eye p = (0.2255, 0.2160).
        FaceLandmarks landmarks = FaceNetworks.VggFace.Template.Landmarks;

        Assert.That(landmarks.LeftEye.X, Is.EqualTo(81.256f).Within(1e-3f));
        Assert.That(landmarks.LeftEye.Y, Is.EqualTo(80.192f).Within(1e-3f));
    }

    [Test]
    public void A_file_that_names_its_network_needs_no_telling_and_another_is_refused_with_the_names()
    {
        using var folder = new TemporaryFolder();
        byte[] echo = Echo(FaceNetworks.SFace.Input);
        string named = folder.Write("named.onnx", OnnxModelFile.WithMetadata(echo, new Dictionary<string, string> { [EmbeddingMetadata.FaceNetwork] = "SFace" }));
        string unknown = folder.Write("unknown.onnx", OnnxModelFile.WithMetadata(echo, new Dictionary<string, string> { [EmbeddingMetadata.FaceNetwork] = "Other" }));
        string silent = folder.Write("silent.onnx", echo);

        Assert.That(FaceModel.Load(named).Network, Is.SameAs(FaceNetworks.SFace));
        Assert.That(() => FaceModel.Load(unknown), Throws.TypeOf<InvalidDataException>().With.Message.Contains("unknown.onnx").And.Message.Contains("'Other'"));
        Assert.That(() => FaceModel.Load(silent), Throws.TypeOf<InvalidDataException>().With.Message.Contains("silent.onnx").And.Message.Contains("ArcFace"));
        Assert.That(() => FaceNetworks.VggFace.Load(silent), Throws.TypeOf<InvalidDataException>().With.Message.Contains("224"));
    }

    [Test]
    public void A_file_that_says_what_pixels_it_expects_is_believed()
    {
        using var folder = new TemporaryFolder();
        var input = new ImageInput(56, 56, ColorOrder.Bgr);
        var metadata = new Dictionary<string, string> { [EmbeddingMetadata.FaceNetwork] = "VggFace", [EmbeddingMetadata.Distance] = "Euclidean" };
        EmbeddingMetadata.WriteInput(metadata, input);
        string path = folder.Write("small.onnx", OnnxModelFile.WithMetadata(Echo(input), metadata));

        FaceModel model = FaceModel.Load(path);

        Assert.That((model.Network.Name, model.Network.Input, model.Distance), Is.EqualTo(("VggFace", input, DistanceMetric.Euclidean)));
        Assert.That(model.Network.Template, Is.EqualTo(FaceNetworks.VggFace.Template.ScaleTo(56, 56)));
        Assert.That(model.Network.Template.Landmarks.LeftEye.X, Is.EqualTo(81.256f / 4).Within(1e-3f));
        Assert.That(FaceNetworks.VggFace.Load(path).Embedding.Input.Mean, Is.All.Zero, "what the graph does itself is not done twice");
        Assert.That(() => FaceTemplate.Dlib.ScaleTo(75, 70), Throws.ArgumentException.With.Message.Contains("150x150").And.Message.Contains("75x70"));
    }

    [Test]
    public void A_template_of_another_size_than_the_input_is_refused() =>
        Assert.That(
            () => new FaceNetwork("Odd", new ImageInput(112, 112), FaceTemplate.Dlib, DistanceMetric.Cosine),
            Throws.ArgumentException.With.Message.Contains("150x150").And.Message.Contains("112x112"));

    /// <summary>A network whose embedding is what it sees.</summary>
    private static byte[] Echo(ImageInput input)
    {
        var graph = new OnnxGraphBuilder("echo");
        string image = graph.Input("image", input.Channels, input.Height, input.Width);
        graph.Output(graph.Node("Flatten", [image], OnnxAttribute.Int("axis", 1)), "embedding", input.Length);
        return graph.ToArray();
    }
}
