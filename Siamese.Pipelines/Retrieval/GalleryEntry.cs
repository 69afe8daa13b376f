using System.Collections.Immutable;
using System.Text.Json;

namespace Siamese.Pipelines.Retrieval;

/// <summary>What a gallery keeps in memory of one row beside its embedding.</summary>
/// <remarks>Entries are shared by all snapshots. One that is removed stays for the searches that began before.</remarks>
internal sealed class GalleryEntry(string id, string label, string? metadata, long position, uint checksum)
{
    private long _removedAt = long.MaxValue;

    public string Id { get; } = id;

    public string Label { get; } = label;

    /// <summary>Gets the metadata as JSON; null where there is none.</summary>
    public string? Metadata { get; } = metadata;

    /// <summary>Gets the row's key in the file: rising in the order in which rows were added.</summary>
    public long Position { get; } = position;

    public uint Checksum { get; } = checksum;

    public IReadOnlyDictionary<string, string> ReadMetadata() => Metadata is null
        ? ImmutableDictionary<string, string>.Empty
        : JsonSerializer.Deserialize<ImmutableSortedDictionary<string, string>>(Metadata)!;

    /// <summary>Tells whether a search of a snapshot sees the row.</summary>
    public bool IsIn(long snapshotVersion) => Volatile.Read(ref _removedAt) > snapshotVersion;

    /// <summary>Hides the row from this version on. Must be called before a snapshot of the version is published.</summary>
    public void RemoveAt(long version) => Volatile.Write(ref _removedAt, version);
}
