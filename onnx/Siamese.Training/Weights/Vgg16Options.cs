using System.Collections.Immutable;
using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;

namespace Siamese.Training.Weights;

/// <summary>What becomes of weights of VGG-16: the descriptor, and what the file cannot say of itself.</summary>
public sealed record Vgg16Options
{
    internal const int Channels = 3;

    /// <summary>Gets what the weights of VGG-Face want: Parkhi et al., "Deep Face Recognition" (2015).</summary>
    /// <value>Pixels of [0, 255] in B, G, R, of which 93.5940, 104.7624 and 129.1863 are taken.</value>
    public static Vgg16Options VggFace { get; } = new()
    {
        Mean = [93.5940f, 104.7624f, 129.1863f],
        FaceNetwork = FaceNetworks.VggFace,
        Data = "VGG-Face: 2.6 million photographs of 2,622 people (Parkhi et al., 2015)",
    };

    /// <summary>Gets what the weights of ImageNet want, as Keras has them: Simonyan and Zisserman (2014).</summary>
    /// <value>Pixels of [0, 255] in B, G, R, of which 103.939, 116.779 and 123.68 are taken. Of faces it sees the chips that VGG-Face does.</value>
    public static Vgg16Options ImageNet { get; } = new()
    {
        Mean = [103.939f, 116.779f, 123.68f],
        FaceNetwork = FaceNetworks.VggFace,
        Data = "ImageNet: 1.3 million photographs of 1,000 classes (Simonyan and Zisserman, 2014)",
    };

    /// <summary>Gets the layer that gives the embedding.</summary>
    /// <value>The default is <see cref="Vgg16Descriptor.Fc7"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public Vgg16Descriptor Descriptor
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Descriptor), value, $"{value} is no descriptor of VGG-16.");
    }

    /// <summary>Gets what the graph takes from each pixel of [0, 255], in B, G, R.</summary>
    /// <value>The default is 0: pixels go into the first layer as they are.</value>
    /// <exception cref="ArgumentException">There are not three values, or one is not finite.</exception>
    public ImmutableArray<float> Mean
    {
        get;
        init => field = !value.IsDefault && value.Length == Channels && value.All(float.IsFinite)
            ? value
            : throw new ArgumentException($"Mean needs {Channels} finite values, of blue, green and red.", nameof(Mean));
    } = [0f, 0f, 0f];

    /// <summary>Gets the distance that the embeddings are compared by.</summary>
    /// <value>The default is the cosine: the paper scales its descriptors to length 1, and ranks so.</value>
    public DistanceMetric Distance { get; init; } = DistanceMetric.Cosine;

    /// <summary>Gets whose chips of faces the network takes, which the file tells; null for a network of anything else.</summary>
    /// <value>The default is null.</value>
    public FaceNetwork? FaceNetwork { get; init; }

    /// <summary>Gets the data that the weights were learned from, in words, which the file tells.</summary>
    /// <exception cref="ArgumentException">The text is blank.</exception>
    public string Data { get; init => field = Guard.NotBlank(value); } = "not told";
}
