using System.Collections.Immutable;

namespace Siamese.Pipelines.Retrieval;

/// <summary>What a gallery holds: an embedding, and what it is of.</summary>
public sealed class GalleryItem
{
    /// <summary>Initializes an item.</summary>
    /// <param name="id">What tells it from all others, such as a path. Ids differ where one character does.</param>
    /// <param name="label">What it is of, such as the name of a person; may be empty.</param>
    /// <param name="embedding">D components, all finite.</param>
    /// <exception cref="ArgumentException">The id is blank.</exception>
    public GalleryItem(string id, string label, ReadOnlyMemory<float> embedding)
    {
        ArgumentNullException.ThrowIfNull(label);
        Id = Guard.NotBlank(id, nameof(id));
        Label = label;
        Embedding = embedding;
    }

    /// <summary>Gets what tells the item from all others.</summary>
    public string Id { get; }

    /// <summary>Gets what the item is of.</summary>
    public string Label { get; }

    /// <summary>Gets the embedding: D components, scaled to length 1 where it comes from a gallery of the cosine distance.</summary>
    public ReadOnlyMemory<float> Embedding { get; }

    /// <summary>Gets what else there is to say of the item, such as the box of a face. It is kept, and a <see cref="GalleryFilter"/> may ask for it.</summary>
    /// <value>The default is nothing.</value>
    /// <exception cref="ArgumentException">It is null, or has a value that is null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = GalleryArguments.Texts(value, nameof(Metadata)); } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Refuses items of which two have one id.</summary>
    internal static IEnumerable<GalleryItem> Distinct(IEnumerable<GalleryItem> items, string parameter)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        foreach (GalleryItem item in Guard.NoneNull(items, parameter))
        {
            yield return ids.Add(item.Id)
                ? item
                : throw new ArgumentException($"The id '{item.Id}' stands twice among the items. An id tells an item from all others.", parameter);
        }
    }
}
