using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>What every gallery asks of its arguments, wherever it is kept, worded once.</summary>
internal static class GalleryArguments
{
    /// <summary>Checks what <see cref="IGallery.NearestAsync"/> is given.</summary>
    /// <returns>The queries as they are compared.</returns>
    public static float[][] PrepareQueries(EmbeddingSpace space, IReadOnlyList<ReadOnlyMemory<float>> queries, int count, int skip)
    {
        ArgumentNullException.ThrowIfNull(queries);
        Guard.AtLeast(count, 1, nameof(count));
        Guard.AtLeast(skip, 0, nameof(skip));
        return [.. queries.Select((query, i) => space.Prepare(query.Span, $"Query {i}", nameof(queries)))];
    }

    /// <summary>Takes each of some ids once, and refuses one that is null.</summary>
    public static IEnumerable<string> Ids(IEnumerable<string> ids) => Guard.NoneNull(ids, nameof(ids)).Distinct(StringComparer.Ordinal);

    /// <summary>Refuses metadata that are null, or have a value that is: neither a file nor a filter could hold it.</summary>
    public static IReadOnlyDictionary<string, string> Texts(IReadOnlyDictionary<string, string> metadata, string parameter)
    {
        ArgumentNullException.ThrowIfNull(metadata, parameter);
        foreach ((string key, string? value) in metadata)
        {
            if (value is null)
            {
                throw new ArgumentException($"{parameter} has null for '{key}', but all values are texts. Leave the key out, or give it an empty text.", parameter);
            }
        }

        return metadata;
    }

    /// <summary>Makes the error for an id that is to be added and is there.</summary>
    /// <param name="id">The id.</param>
    /// <param name="upsert">The method that would replace the item.</param>
    public static ArgumentException AlreadyThere(string id, string upsert) => new(
        $"The gallery has an item '{id}' already. Give the new one another id, or replace the old one with {upsert}.", "items");
}
