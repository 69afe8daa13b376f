using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Embeddings;

/// <summary>The keys under which an embedding network describes itself in the <c>metadata_props</c> of its ONNX file.</summary>
/// <remarks>Numbers are written in the invariant culture; lists are separated by commas.</remarks>
public static class EmbeddingMetadata
{
    // A photograph of 16,384 x 5,461 pixels: 1 GB as a network takes it.
    private const int MostInputValues = 1 << 28;

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

    /// <summary>The name of the output that is the embedding, where the graph has several.</summary>
    public const string Output = "siamese.output";

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
    /// <exception cref="InvalidDataException">
    /// A value is missing or not of its range: sizes are whole numbers from 1, an image has at most 268,435,456 values, there is one mean and
    /// scale or one a channel, all are finite, and a scale is not 0. The message names the key.
    /// </exception>
    public static ImageInput? ReadInput(IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        if (!metadata.ContainsKey(InputWidth))
        {
            return null;
        }

        int width = ReadSize(metadata, InputWidth);
        int height = ReadSize(metadata, InputHeight);
        var input = new ImageInput(1, 1, ReadName<ColorOrder>(metadata, InputColorOrder));
        if ((long)width * height * input.Channels > MostInputValues)
        {
            throw Unreadable(metadata, width >= height ? InputWidth : InputHeight, $"a side of an image of at most {MostInputValues:N0} values");
        }

        input = new ImageInput(width, height, input.ColorOrder);
        input = WithChannels(metadata, InputMean, values => input with { Mean = values });
        return WithChannels(metadata, InputScale, values => input with { Scale = values });
    }

    internal static DistanceMetric? ReadDistance(IReadOnlyDictionary<string, string> metadata) =>
        metadata.ContainsKey(Distance) ? ReadName<DistanceMetric>(metadata, Distance) : null;

    /// <summary>Reads the threshold of verification, which must be one that the distance can have.</summary>
    internal static float? ReadVerificationThreshold(IReadOnlyDictionary<string, string> metadata, DistanceMetric distance)
    {
        if (!metadata.TryGetValue(VerificationThreshold, out string? text))
        {
            return null;
        }

        float most = distance == DistanceMetric.Cosine ? 2 : float.MaxValue;
        return TryParse(text, out float threshold) && threshold >= 0 && threshold <= most
            ? threshold
            : throw Unreadable(metadata, VerificationThreshold, distance == DistanceMetric.Cosine ? "a cosine distance from 0 to 2" : "a finite number of at least 0");
    }

    /// <summary>Reads the identity that a file was given before it was told more of itself.</summary>
    internal static string? ReadIdentity(IReadOnlyDictionary<string, string> metadata) =>
        !metadata.TryGetValue(Identity, out string? identity) ? null
        : identity.Length == 2 * SHA256.HashSizeInBytes && identity.All(char.IsAsciiHexDigitLower) ? identity
        : throw Unreadable(metadata, Identity, "a SHA-256 in lower-case hexadecimal digits");

    /// <summary>Refuses what cannot be so of an embedding that a network gives.</summary>
    internal static void CheckOutput(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.ContainsKey(Dimension))
        {
            ReadSize(metadata, Dimension);
        }

        if (metadata.TryGetValue(Normalized, out string? normalized) && normalized is not ("true" or "false"))
        {
            throw Unreadable(metadata, Normalized, "true or false");
        }
    }

    private static string Join(ImmutableArray<float> values) =>
        string.Join(',', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static ImageInput WithChannels(IReadOnlyDictionary<string, string> metadata, string key, Func<ImmutableArray<float>, ImageInput> with)
    {
        var values = ImmutableArray.CreateBuilder<float>();
        foreach (string part in Text(metadata, key).Split(','))
        {
            values.Add(TryParse(part, out float value) ? value : throw Unreadable(metadata, key, "finite numbers, separated by commas"));
        }

        try
        {
            return with(values.ToImmutable());
        }
        catch (ArgumentException exception)
        {
            throw Unreadable(metadata, key, $"one number or one a channel, all of them finite{(key == InputScale ? " and not 0" : string.Empty)}", exception);
        }
    }

    private static int ReadSize(IReadOnlyDictionary<string, string> metadata, string key) =>
        int.TryParse(Text(metadata, key), NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size >= 1
            ? size
            : throw Unreadable(metadata, key, "a whole number of at least 1");

    // Enum.Parse would take numbers, and several names at once.
    private static T ReadName<T>(IReadOnlyDictionary<string, string> metadata, string key)
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        int index = Array.IndexOf(names, Text(metadata, key));
        return index >= 0 ? Enum.GetValues<T>()[index] : throw Unreadable(metadata, key, $"one of {string.Join(", ", names)}");
    }

    private static bool TryParse(string text, out float value) =>
        float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value);

    private static string Text(IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out string? text) ? text : throw new InvalidDataException($"The file's metadata has no '{key}', though it describes its input.");

    private static InvalidDataException Unreadable(IReadOnlyDictionary<string, string> metadata, string key, string expected, Exception? inner = null)
    {
        const int Most = 100;
        string text = metadata[key];
        return new InvalidDataException(
            $"The file's metadata has '{(text.Length > Most ? $"{text[..Most]}..." : text)}' under '{key}', but must have {expected}.", inner);
    }
}
