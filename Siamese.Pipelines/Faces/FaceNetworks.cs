using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Faces;

/// <summary>What the files of well-known face networks expect to see. Only the weights of <see cref="Dlib"/> come with this library.</summary>
/// <remarks>
/// Networks that were trained on loose boxes rather than on aligned faces (VGG-Face, VGGFace2, FaceNet) get a chip of dlib's mean face whose
/// padding shows about as much of the head as those boxes do.
/// </remarks>
public static class FaceNetworks
{
    // The margins of the published training crops, over the box of a detector, come to about these paddings of the mean face.
    private const float LoosePadding = 0.5f;
    private const float FaceNetPadding = 0.4f;

    /// <summary>Gets dlib's ResNet-34 (<c>face-resnet34-128.onnx</c>): 150x150 RGB of [0, 255], whose scaling is inside. 128 components.</summary>
    /// <value>Of one person where the Euclidean distance is below about 0.6.</value>
    public static FaceNetwork Dlib { get; } = new("Dlib", new ImageInput(150, 150), FaceTemplate.Dlib, DistanceMetric.Euclidean)
    {
        // The documentation of dlib_face_recognition_resnet_model_v1.
        VerificationThreshold = 0.6f,
    };

    /// <summary>Gets VGG-Face (VGG-16): 224x224 BGR, less the mean (93.5940, 104.7624, 129.1863). fc7 has 4096 components.</summary>
    /// <remarks>O. Parkhi, A. Vedaldi, A. Zisserman, Deep Face Recognition, 2015.</remarks>
    public static FaceNetwork VggFace { get; } = new(
        "VggFace",
        new ImageInput(224, 224, ColorOrder.Bgr) { Mean = [93.5940f, 104.7624f, 129.1863f] },
        FaceTemplate.MeanFace(224, LoosePadding),
        DistanceMetric.Cosine);

    /// <summary>Gets VGGFace2's ResNet-50 and SENet-50: 224x224 BGR, less the mean (91.4953, 103.8827, 131.0912).</summary>
    /// <remarks>Q. Cao et al., VGGFace2: A dataset for recognising faces across pose and age, 2018.</remarks>
    public static FaceNetwork VggFace2 { get; } = new(
        "VggFace2",
        new ImageInput(224, 224, ColorOrder.Bgr) { Mean = [91.4953f, 103.8827f, 131.0912f] },
        FaceTemplate.MeanFace(224, LoosePadding),
        DistanceMetric.Cosine);

    /// <summary>Gets FaceNet's Inception-ResNet v1: 160x160 RGB, (pixel − 127.5) / 128. 128 or 512 components.</summary>
    /// <remarks>
    /// F. Schroff, D. Kalenichenko, J. Philbin, FaceNet, 2015. The fixed standardisation of the models of 2018; those of 2017 took each
    /// image's own mean and deviation, which an <see cref="ImageInput"/> does not say.
    /// </remarks>
    public static FaceNetwork FaceNet { get; } = new(
        "FaceNet",
        new ImageInput(160, 160) { Mean = [127.5f], Scale = [1 / 128f] },
        FaceTemplate.MeanFace(160, FaceNetPadding),
        DistanceMetric.Euclidean);

    /// <summary>Gets ArcFace and InsightFace's other networks: 112x112 RGB, (pixel − 127.5) / 127.5. 512 components.</summary>
    public static FaceNetwork ArcFace { get; } = new(
        "ArcFace",
        new ImageInput(112, 112) { Mean = [127.5f], Scale = [1 / 127.5f] },
        FaceTemplate.ArcFace,
        DistanceMetric.Cosine);

    /// <summary>Gets SFace of OpenCV Zoo (<c>face_recognition_sface_2021dec.onnx</c>): 112x112 RGB of [0, 255], whose scaling is inside. 128 components.</summary>
    /// <remarks>Y. Zhong et al., SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition, 2021.</remarks>
    public static FaceNetwork SFace { get; } = new("SFace", new ImageInput(112, 112), FaceTemplate.ArcFace, DistanceMetric.Cosine)
    {
        // OpenCV's tutorial of its face recognizer: of one person where the cosine similarity is at least 0.363.
        VerificationThreshold = 1 - 0.363f,
    };

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<FaceNetwork> All { get; } = [Dlib, VggFace, VggFace2, FaceNet, ArcFace, SFace];

    /// <summary>Finds one by its name.</summary>
    /// <param name="name">A name, in any case.</param>
    /// <returns>What the network expects.</returns>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that there are.</exception>
    public static FaceNetwork Find(string name) =>
        All.FirstOrDefault(network => string.Equals(network.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no face network '{name}'; there are {string.Join(", ", All.Select(network => network.Name))}.", nameof(name));
}
