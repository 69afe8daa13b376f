using System.Collections.Immutable;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Which items of a gallery are meant: those of some labels, those whose metadata say something, or both.</summary>
public sealed record GalleryFilter
{
    /// <summary>Gets the labels, of which an item must have one.</summary>
    /// <value>The default is null: any label will do.</value>
    public IReadOnlyCollection<string>? Labels { get; init; }

    /// <summary>Gets the metadata, all of which an item must have: the same key with the same value, character by character.</summary>
    /// <value>The default is nothing: any metadata will do.</value>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Makes a filter of one label.</summary>
    /// <param name="label">The label.</param>
    /// <returns>The filter.</returns>
    public static GalleryFilter OfLabel(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return new GalleryFilter { Labels = [label] };
    }

    /// <summary>Says whether an item is meant.</summary>
    /// <param name="item">The item.</param>
    /// <returns>Whether label and metadata are as the filter wants them.</returns>
    public bool Accepts(GalleryItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return AcceptsLabel(item.Label) && AcceptsMetadata(item.Metadata);
    }

    internal bool Accepts(GalleryEntry entry) => AcceptsLabel(entry.Label) && (Metadata.Count == 0 || AcceptsMetadata(entry.ReadMetadata()));

    internal bool Accepts(GalleryRecord record) =>
        AcceptsLabel(record.Label ?? string.Empty) && (Metadata.Count == 0 || AcceptsMetadata(record.ReadMetadata()));

    private bool AcceptsLabel(string label) => Labels is null || Labels.Contains(label);

    private bool AcceptsMetadata(IReadOnlyDictionary<string, string> metadata) =>
        Metadata.All(wanted => metadata.TryGetValue(wanted.Key, out string? value) && value == wanted.Value);
}
