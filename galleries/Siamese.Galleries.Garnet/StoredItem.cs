using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Galleries.Garnet;

/// <summary>An item as its key holds it: which vector of the set is its own, the embedding, label and metadata.</summary>
/// <remarks>16 bytes of the vector's version, D float32 (little-endian), then a JSON array of the label and the metadata.</remarks>
internal readonly struct StoredItem(Guid version, GalleryItem item)
{
    public const int VersionBytes = 16;

    public Guid Version { get; } = version;

    public GalleryItem Item { get; } = item;

    public static byte[] Encode(Guid version, GalleryItem item, ReadOnlySpan<float> embedding)
    {
        byte[] texts = JsonSerializer.SerializeToUtf8Bytes<object[]>(item.Metadata.Count == 0 ? [item.Label] : [item.Label, item.Metadata]);
        byte[] bytes = new byte[VersionBytes + (embedding.Length * sizeof(float)) + texts.Length];
        version.TryWriteBytes(bytes, bigEndian: true, out _);
        Span<byte> rest = bytes.AsSpan(VersionBytes);
        for (int i = 0; i < embedding.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(rest[(i * sizeof(float))..], embedding[i]);
        }

        texts.CopyTo(rest[(embedding.Length * sizeof(float))..]);
        return bytes;
    }

    public static StoredItem Decode(string id, ReadOnlySpan<byte> bytes, int dimension)
    {
        int texts = VersionBytes + (dimension * sizeof(float));
        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes[texts..].ToArray());
            float[] embedding = new float[dimension];
            for (int i = 0; i < dimension; i++)
            {
                embedding[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(VersionBytes + (i * sizeof(float)))..]);
            }

            JsonElement root = document.RootElement;
            return new StoredItem(
                new Guid(bytes[..VersionBytes], bigEndian: true),
                new GalleryItem(id, root[0].GetString()!, embedding)
                {
                    Metadata = root.GetArrayLength() == 1
                        ? ImmutableDictionary<string, string>.Empty
                        : root[1].Deserialize<ImmutableSortedDictionary<string, string>>()!,
                });
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new InvalidDataException(
                $"What the store keeps of the item '{id}' is no item of {dimension} components: another program wrote it, or it is damaged. Put the "
                + "item there anew.",
                exception);
        }
    }
}
