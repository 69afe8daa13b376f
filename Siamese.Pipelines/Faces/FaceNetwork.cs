using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Faces;

/// <summary>What a face network expects of a picture: the chip, the pixels, and the distance that its embeddings are compared by.</summary>
/// <remarks><see cref="FaceNetworks"/> has those of well-known networks.</remarks>
public sealed record FaceNetwork
{
    /// <summary>Initializes what a network expects.</summary>
    /// <param name="name">Its name, which a file's metadata may give under <see cref="EmbeddingMetadata.FaceNetwork"/>.</param>
    /// <param name="input">Size, color order, mean and scale.</param>
    /// <param name="template">Where the landmarks stand; of the input's size.</param>
    /// <param name="distance">The distance that suits its embeddings.</param>
    /// <exception cref="ArgumentException">The template is of another size than the input.</exception>
    public FaceNetwork(string name, ImageInput input, FaceTemplate template, DistanceMetric distance)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(template);
        if (template.Width != input.Width || template.Height != input.Height)
        {
            throw new ArgumentException(
                $"The template is of {template.Width}x{template.Height} pixels, but the input of {input.Width}x{input.Height}.", nameof(template));
        }

        Name = Guard.NotBlank(name, nameof(name));
        Input = input;
        Template = template;
        Distance = distance;
    }

    /// <summary>Gets the name.</summary>
    public string Name { get; }

    /// <summary>Gets what the network expects of the chip's pixels.</summary>
    public ImageInput Input { get; }

    /// <summary>Gets the chip.</summary>
    public FaceTemplate Template { get; }

    /// <summary>Gets the distance that suits its embeddings. Smaller is nearer.</summary>
    public DistanceMetric Distance { get; }

    /// <summary>Gets the published distance up to which two faces are of one person, for files that do not have their own; null where none is known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public float? VerificationThreshold
    {
        get;
        init => field = value is { } distance ? Guard.InRange(distance, 0, float.MaxValue) : null;
    }

    /// <summary>Reads a file of this network.</summary>
    /// <param name="path">An ONNX file with one float32 input (N, C, H, W) and an output (N, D).</param>
    /// <param name="outputName">The output that is the embedding; null where there is only one that can be, or the file names it.</param>
    /// <returns>
    /// The network with its weights. Where the file says itself what pixels it expects, that counts, and the chip is of that size: a mean
    /// that its graph takes is not taken twice.
    /// </returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The network has no output named <paramref name="outputName"/>.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, not an ONNX file, or of another shape than this network's, or several outputs can be the embedding while
    /// <paramref name="outputName"/> is null.
    /// </exception>
    public FaceModel Load(string path, string? outputName = null)
    {
        if (FaceNetworkFile.ReadMetadata(path, $"the face network {Name}").ContainsKey(EmbeddingMetadata.InputWidth))
        {
            EmbeddingModel described = EmbeddingModel.Load(path, outputName: outputName);
            return new FaceModel(described, ScaleTo(described.Input, path));
        }

        return new FaceModel(EmbeddingModel.Load(path, Input, outputName), this);
    }

    private FaceNetwork ScaleTo(ImageInput input, string path)
    {
        if (input == Input)
        {
            return this;
        }

        try
        {
            return new FaceNetwork(Name, input, Template.ScaleTo(input.Width, input.Height), Distance) { VerificationThreshold = VerificationThreshold };
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{path}': {exception.Message}", exception);
        }
    }
}
