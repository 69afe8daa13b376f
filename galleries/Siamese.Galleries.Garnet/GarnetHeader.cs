using System.Text.Json;
using System.Text.Json.Serialization;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Galleries.Garnet;

/// <summary>What a gallery in Garnet says of itself, kept as JSON under a key of its own.</summary>
internal sealed record GarnetHeader(
    string Format, int Version, string Network, int Dimension, DistanceMetric Distance, int Shards, GarnetQuantization Quantization, int GraphDegree)
{
    public const string FormatName = "Siamese.Galleries.Garnet";
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions _texts = new() { Converters = { new JsonStringEnumConverter() } };

    public EmbeddingSpace ToSpace() => new(Network, Dimension, Distance);

    public string ToJson() => JsonSerializer.Serialize(this, _texts);

    public static GarnetHeader Of(EmbeddingSpace space, GarnetGalleryOptions options) => new(
        FormatName, CurrentVersion, space.Network, space.Dimension, space.Distance, options.Shards, options.Quantization, options.GraphDegree);

    /// <exception cref="InvalidDataException">The text is of no gallery, or of one that this version does not know.</exception>
    public static GarnetHeader Parse(string json, string key)
    {
        try
        {
            // The version first: what else another one says is its own affair.
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.GetProperty(nameof(Format)).GetString() != FormatName)
            {
                throw Foreign(key, null);
            }

            int version = root.GetProperty(nameof(Version)).GetInt32();
            if (version != CurrentVersion)
            {
                throw new InvalidDataException(
                    $"The gallery of key '{key}' is of format version {version}, but this program knows version {CurrentVersion}. Use a "
                    + $"Siamese.Galleries.Garnet that knows it, or make the gallery anew under another name.");
            }

            GarnetHeader header = root.Deserialize<GarnetHeader>(_texts)!;
            _ = header.ToSpace();
            return header.Shards is >= 1 and <= 1024 ? header : throw Foreign(key, null);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException
            or ArgumentException)
        {
            throw Foreign(key, exception);
        }
    }

    private static InvalidDataException Foreign(string key, Exception? inner) => new(
        $"The key '{key}' holds no header of a gallery: another program wrote it, or it is damaged. Give the gallery another name.", inner);
}
