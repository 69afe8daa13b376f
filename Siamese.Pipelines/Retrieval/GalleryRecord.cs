using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>An item of a gallery as a record of Microsoft.Extensions.VectorData.</summary>
/// <remarks>
/// The dimension of a vector is known at run time alone, so that the type has no attributes: give a connector's <c>GetCollection</c> the
/// definition that <see cref="Define"/> makes.
/// </remarks>
public sealed class GalleryRecord
{
    /// <summary>Gets or sets the item's id, the key.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>Gets or sets what the item is of, such as the name of a person.</summary>
    public string Label { get; set; } = string.Empty;

    /// <summary>Gets or sets where the embedding lives, as <see cref="EmbeddingSpace.ToString"/> says it: dimension, distance and network.</summary>
    public string Space { get; set; } = string.Empty;

    /// <summary>Gets or sets the item's metadata as a JSON object of texts; empty where there are none.</summary>
    public string Metadata { get; set; } = string.Empty;

    /// <summary>Gets or sets the embedding: D components, of length 1 where the distance is the cosine.</summary>
    public ReadOnlyMemory<float> Embedding { get; set; }

    /// <summary>Defines the records of a space, for a connector's <c>GetCollection&lt;string, GalleryRecord&gt;(name, definition)</c>.</summary>
    /// <param name="space">Whose embeddings they hold.</param>
    /// <param name="distanceFunction">
    /// One of <see cref="DistanceFunction"/> that the connector has and that suits the space's distance; null for the distance itself.
    /// </param>
    /// <returns>The definition: label and space are indexed.</returns>
    public static VectorStoreCollectionDefinition Define(EmbeddingSpace space, string? distanceFunction = null)
    {
        ArgumentNullException.ThrowIfNull(space);
        return new VectorStoreCollectionDefinition
        {
            Properties =
            [
                new VectorStoreKeyProperty(nameof(Id), typeof(string)),
                new VectorStoreDataProperty(nameof(Label), typeof(string)) { IsIndexed = true },
                new VectorStoreDataProperty(nameof(Space), typeof(string)) { IsIndexed = true },
                new VectorStoreDataProperty(nameof(Metadata), typeof(string)),
                new VectorStoreVectorProperty(nameof(Embedding), typeof(ReadOnlyMemory<float>), space.Dimension)
                {
                    DistanceFunction = distanceFunction ?? CollectionScore.FunctionOf(space.Distance),
                },
            ],
        };
    }

    internal static GalleryRecord Of(GalleryItem item, ReadOnlyMemory<float> embedding, EmbeddingSpace space) => new()
    {
        Id = item.Id,
        Label = item.Label,
        Space = space.ToString(),
        Metadata = item.Metadata.Count == 0 ? string.Empty : JsonSerializer.Serialize(item.Metadata),
        Embedding = embedding,
    };

    internal GalleryItem ToItem() => new(Id, Label ?? string.Empty, Embedding) { Metadata = ReadMetadata() };

    internal IReadOnlyDictionary<string, string> ReadMetadata()
    {
        if (string.IsNullOrEmpty(Metadata))
        {
            return ImmutableDictionary<string, string>.Empty;
        }

        try
        {
            var metadata = JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string?>>(Metadata);
            if (metadata is not null && !metadata.ContainsValue(null))
            {
                return metadata!;
            }
        }
        catch (JsonException exception)
        {
            throw Unreadable(exception);
        }

        throw Unreadable();
    }

    private InvalidDataException Unreadable(JsonException? exception = null) => new(
        $"The metadata of the record '{Id}' are not a JSON object of texts: another program wrote them. Write the record again.", exception);
}
