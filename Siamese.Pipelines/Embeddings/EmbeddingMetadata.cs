using System.Collections.Immutable;
using System.Globalization;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Embeddings;

/// <summary>The keys under which an embedding network describes itself in the <c>metadata_props</c> of its ONNX file.</summary>
/// <remarks>Numbers are written in the invariant culture; lists are separated by commas.</remarks>
public static class EmbeddingMetadata
{
    /// <summary>Pixels across that the network takes.</summary>
    public const string InputWidth = "siamese.input.width";

    /// <summary>Pixels down that the network takes.</summary>
    public const string InputHeight = "siamese.input.height";

    /// <summary>The channels: a name of <see cref="Images.ColorOrder"/>.</summary>
    public const string InputColorOrder = "siamese.input.colorOrder";

    /// <summary>What the caller takes from each pixel before scaling: one value, or one a channel. What the graph does itself does not count.</summary>
    public const string InputMean = "siamese.input.mean";

    /// <summary>The caller's factor of each pixel: one value, or one a channel.</summary>
    public const string InputScale = "siamese.input.scale";

    /// <summary>The distance that the network was trained for: a name of <see cref="DistanceMetric"/>.</summary>
    public const string Distance = "siamese.distance";

    /// <summary>Whether the network normalises its embeddings to length 1: true or false.</summary>
    public const string Normalized = "siamese.normalized";

    /// <summary>The number of components of an embedding.</summary>
    public const string Dimension = "siamese.dimension";

    /// <summary>The distance up to which two embeddings are taken to be of one class: not negative.</summary>
    public const string VerificationThreshold = "siamese.verification.threshold";

    /// <summary>The pairs that the threshold of verification was calibrated on, in words.</summary>
    public const string VerificationData = "siamese.verification.data";

    /// <summary>What <see cref="EmbeddingModel.Identity"/> was before the file was told more of itself: its embeddings are the same.</summary>
    public const string Identity = "siamese.identity";

    /// <summary>What a face network expects of its chips: the name of one of <see cref="Faces.FaceNetworks"/>.</summary>
    public const string FaceNetwork = "siamese.face.network";

    /// <summary>The data that the network learned from, in words.</summary>
    public const string Data = "siamese.data";

    /// <summary>The seed of the training run.</summary>
    public const string Seed = "siamese.seed";

    /// <summary>The options of the training run, in words.</summary>
    public const string Recipe = "siamese.recipe";

    /// <summary>Writes what a network expects to see.</summary>
    /// <param name="metadata">Is added to; values under the same keys are replaced.</param>
    /// <param name="input">What the network expects.</param>
    public static void WriteInput(IDictionary<string, string> metadata, ImageInput input)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(input);
        metadata[InputWidth] = input.Width.ToString(CultureInfo.InvariantCulture);
        metadata[InputHeight] = input.Height.ToString(CultureInfo.InvariantCulture);
        metadata[InputColorOrder] = input.ColorOrder.ToString();
        metadata[InputMean] = Join(input.Mean);
        metadata[InputScale] = Join(input.Scale);
    }

    /// <summary>Reads what a network expects to see.</summary>
    /// <param name="metadata">The file's metadata.</param>
    /// <returns>What the network expects, or null where the file does not say.</returns>
    /// <exception cref="InvalidDataException">A value cannot be read.</exception>
    public static ImageInput? ReadInput(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.ContainsKey(InputWidth))
        {
            return null;
        }

        return new ImageInput(
            Read(metadata, InputWidth, text => int.Parse(text, CultureInfo.InvariantCulture)),
            Read(metadata, InputHeight, text => int.Parse(text, CultureInfo.InvariantCulture)),
            Read(metadata, InputColorOrder, Enum.Parse<ColorOrder>))
        {
            Mean = Read(metadata, InputMean, Split),
            Scale = Read(metadata, InputScale, Split),
        };
    }

    internal static DistanceMetric? ReadDistance(IReadOnlyDictionary<string, string> metadata) =>
        metadata.ContainsKey(Distance) ? Read(metadata, Distance, Enum.Parse<DistanceMetric>) : null;

    internal static float? ReadVerificationThreshold(IReadOnlyDictionary<string, string> metadata) =>
        metadata.ContainsKey(VerificationThreshold)
            ? Read(metadata, VerificationThreshold, text => float.Parse(text, CultureInfo.InvariantCulture))
            : null;

    private static string Join(ImmutableArray<float> values) =>
        string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static ImmutableArray<float> Split(string text) =>
        [.. text.Split(',').Select(value => float.Parse(value, CultureInfo.InvariantCulture))];

    private static T Read<T>(IReadOnlyDictionary<string, string> metadata, string key, Func<string, T> parse)
    {
        if (!metadata.TryGetValue(key, out string? text))
        {
            throw new InvalidDataException($"The file's metadata has no '{key}', though it describes its input.");
        }

        try
        {
            return parse(text);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException or ArgumentException)
        {
            throw new InvalidDataException($"The file's metadata says '{text}' under '{key}', which cannot be read.", exception);
        }
    }
}
