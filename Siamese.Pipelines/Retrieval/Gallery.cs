using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Embeddings of what is known, to be asked what is nearest to a query: exact search, kept in one SQLite file.</summary>
/// <remarks>
/// <para>
/// All embeddings are in memory, as one matrix, and searched there. Any number of threads may read while one writes: a search sees what
/// the gallery held when it began, and waits for nobody. Writers wait for each other.
/// </para>
/// <para>
/// A change is a transaction, on the disk when the call returns: a process that is killed, or a machine that loses its power, keeps
/// what was acknowledged, and of anything else all or nothing. Beside the file stand SQLite's <c>-wal</c> and <c>-shm</c> while it is open;
/// copy it when it is closed. Several processes may open one gallery: each sees the others' changes when it writes, at
/// <see cref="Refresh"/>, and at every read through <see cref="IGallery"/>. Where the file was deleted, moved or replaced since it was opened,
/// these throw an <see cref="IOException"/>: what they would write or return is not what stands there.
/// </para>
/// <para>
/// The file says whose embeddings it holds, and is refused for those of any other network. Every row has a checksum: a damaged file is
/// refused when it is opened. A gallery of the cosine distance keeps directions: embeddings scaled to length 1.
/// </para>
/// </remarks>
public sealed partial class Gallery : IDisposable
{
    // Removed rows cost a search as much as others: beyond these, the matrix is packed.
    private const int RemovedRowsKept = 1024;

    private readonly Lock _writing = new();
    private readonly GalleryFile? _file;
    private readonly GalleryOptions _options;

    // Made when an id is first asked for: a gallery that is only searched needs none. Null where that did not happen yet.
    private ConcurrentDictionary<string, GalleryLocation>? _byId;
    private GalleryHeader _header;
    private GallerySnapshot _snapshot;
    private volatile bool _disposed;

    private Gallery(EmbeddingSpace space, GalleryFile? file, GalleryOptions? options)
    {
        _file = file;
        _options = options ?? new GalleryOptions();
        _header = new GalleryHeader(space, Threshold: null, Version: 0, Count: 0, NextPosition: 0, Sum: 0);
        _snapshot = new GallerySnapshot([], space.Dimension, rows: 0, count: 0, version: 0);
        Space = space;
    }

    /// <summary>Gets whose embeddings the gallery holds.</summary>
    public EmbeddingSpace Space { get; }

    /// <summary>Gets the number of items.</summary>
    public int Count => Current().Count;

    /// <summary>Gets the file's full path; null for a gallery in memory alone.</summary>
    public string? Path => _file?.Path;

    /// <summary>Gets all items, as they are when the enumeration begins, in the order in which they were added.</summary>
    public IEnumerable<GalleryItem> Items => Current().Live().Select(ItemOf);

    /// <summary>Makes a gallery in a new file.</summary>
    /// <param name="path">The file, which must not be there; its folder is made.</param>
    /// <param name="space">Whose embeddings it is to hold.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <returns>The gallery, which the caller disposes.</returns>
    /// <exception cref="IOException">The file is there already, or cannot be written.</exception>
    public static Gallery Create(string path, EmbeddingSpace space, GalleryOptions? options = null) =>
        Load(path, space ?? throw new ArgumentNullException(nameof(space)), FileMode.CreateNew, options);

    /// <summary>Makes a gallery of a network's embeddings in a new file.</summary>
    /// <inheritdoc cref="Create(string, EmbeddingSpace, GalleryOptions?)"/>
    /// <param name="path">The file, which must not be there; its folder is made.</param>
    /// <param name="model">The network.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    public static Gallery Create(string path, EmbeddingModel model, GalleryOptions? options = null) =>
        Create(path, EmbeddingSpace.Of(model), options);

    /// <summary>Opens a gallery, whosoever's embeddings it holds: <see cref="Space"/> says it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <returns>The gallery, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, no gallery, or written by another version of the schema.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Gallery Open(string path, GalleryOptions? options = null) => Load(path, space: null, FileMode.Open, options);

    /// <summary>Opens a gallery that is to hold certain embeddings.</summary>
    /// <inheritdoc cref="Open(string, GalleryOptions?)"/>
    /// <param name="path">The file.</param>
    /// <param name="space">Whose embeddings it is to hold.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <exception cref="ArgumentException">It holds embeddings of another network, dimension or distance.</exception>
    public static Gallery Open(string path, EmbeddingSpace space, GalleryOptions? options = null) =>
        Load(path, space ?? throw new ArgumentNullException(nameof(space)), FileMode.Open, options);

    /// <summary>Opens a gallery that is to hold a network's embeddings.</summary>
    /// <inheritdoc cref="Open(string, EmbeddingSpace, GalleryOptions?)"/>
    /// <param name="path">The file.</param>
    /// <param name="model">The network.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    public static Gallery Open(string path, EmbeddingModel model, GalleryOptions? options = null) =>
        Open(path, EmbeddingSpace.Of(model), options);

    /// <summary>Opens a gallery, or makes it where there is none.</summary>
    /// <inheritdoc cref="Open(string, EmbeddingSpace, GalleryOptions?)"/>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    public static Gallery OpenOrCreate(string path, EmbeddingSpace space, GalleryOptions? options = null) =>
        Load(path, space ?? throw new ArgumentNullException(nameof(space)), FileMode.OpenOrCreate, options);

    /// <summary>Opens a gallery of a network's embeddings, or makes it where there is none.</summary>
    /// <inheritdoc cref="OpenOrCreate(string, EmbeddingSpace, GalleryOptions?)"/>
    /// <param name="path">The file; its folder is made.</param>
    /// <param name="model">The network.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    public static Gallery OpenOrCreate(string path, EmbeddingModel model, GalleryOptions? options = null) =>
        OpenOrCreate(path, EmbeddingSpace.Of(model), options);

    /// <summary>Makes a gallery that is in memory alone, and gone with the process.</summary>
    /// <param name="space">Whose embeddings it is to hold.</param>
    /// <param name="options">Threads; null for the defaults.</param>
    /// <returns>The gallery.</returns>
    public static Gallery InMemory(EmbeddingSpace space, GalleryOptions? options = null) =>
        new(space ?? throw new ArgumentNullException(nameof(space)), file: null, options);

    /// <summary>Adds an item.</summary>
    /// <param name="id">What tells it from all others, such as a path.</param>
    /// <param name="label">What it is of, such as the name of a person; may be empty.</param>
    /// <param name="embedding">D components, all finite, and not all zero where the distance is the cosine.</param>
    /// <exception cref="ArgumentException">An item has the id already, or the embedding cannot be compared.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing was added.</exception>
    public void Add(string id, string label, ReadOnlySpan<float> embedding) => Add([new GalleryItem(id, label, embedding.ToArray())]);

    /// <summary>Adds items: all of them or, where one cannot be added, none. One call of many is far faster than many of one.</summary>
    /// <param name="items">The items.</param>
    /// <exception cref="ArgumentException">An id stands twice or is there already, or an embedding cannot be compared.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing was added.</exception>
    public void Add(IEnumerable<GalleryItem> items) => Write(items, replaces: false);

    /// <summary>Adds items, each in the place of the item of its id where there is one: all of them or none.</summary>
    /// <param name="items">The items.</param>
    /// <exception cref="ArgumentException">An id stands twice, or an embedding cannot be compared.</exception>
    /// <exception cref="IOException">The file cannot be written; nothing was changed.</exception>
    public void Upsert(IEnumerable<GalleryItem> items) => Write(items, replaces: true);

    /// <summary>Removes an item.</summary>
    /// <param name="id">The item's id.</param>
    /// <returns>Whether it was there.</returns>
    /// <exception cref="IOException">The file cannot be written; nothing was removed.</exception>
    public bool Remove(string id) => Remove([id]) == 1;

    /// <summary>Removes items: all that are there, in one transaction.</summary>
    /// <param name="ids">The items' ids; those that are not there are passed over.</param>
    /// <returns>How many were there.</returns>
    /// <exception cref="IOException">The file cannot be written; nothing was removed.</exception>
    public int Remove(IEnumerable<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        HashSet<string> wanted = new(ids, StringComparer.Ordinal);
        int removed = 0;
        Change(() =>
        {
            List<GalleryEntry> entries = [.. wanted.Select(id => ById().GetValueOrDefault(id).Entry).OfType<GalleryEntry>()];
            removed = entries.Count;
            return (entries, []);
        });
        return removed;
    }

    /// <summary>Gives an item.</summary>
    /// <param name="id">The item's id.</param>
    /// <returns>The item with its embedding and metadata; null where there is none of that id.</returns>
    public GalleryItem? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        ObjectDisposedException.ThrowIf(_disposed, this);
        return ById().TryGetValue(id, out GalleryLocation found) ? ItemOf(found) : null;
    }

    /// <summary>Takes over what other processes wrote to the file since it was opened, last refreshed or last written here.</summary>
    /// <returns>Whether there was anything.</returns>
    /// <exception cref="IOException">The file was deleted, moved or replaced, or cannot be read. The gallery is as before.</exception>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    /// <remarks>Where nothing was written, this takes some ten microseconds and waits for no writer.</remarks>
    public bool Refresh()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_file is null)
        {
            return false;
        }

        GalleryStamp there = _file.ReadStamp();
        if (there == GalleryStamp.Of(Volatile.Read(ref _header)))
        {
            return false;
        }

        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            bool changed = false;
            _file.InSnapshot(() => changed = ReloadIfChanged());
            _file.CheckHolds(_header, since: there);
            return changed;
        }
    }

    /// <summary>Closes the file, and frees the memory once no search needs it.</summary>
    public void Dispose()
    {
        lock (_writing)
        {
            _disposed = true;
            _file?.Dispose();
        }
    }

    private static Gallery Load(string path, EmbeddingSpace? space, FileMode mode, GalleryOptions? options)
    {
        GalleryFile file = GalleryFile.Open(Guard.NotBlank(path, nameof(path)), space, mode);
        try
        {
            Gallery? gallery = null;
            file.InTransaction(() =>
            {
                GalleryHeader header = file.ReadHeader();
                if (space is not null && space != header.Space)
                {
                    throw new ArgumentException(
                        $"The gallery '{file.Path}' holds embeddings of {header.Space}, and not of {space}. Embeddings of two networks cannot "
                        + "be compared: open it with the network that filled it, or make another gallery.",
                        nameof(space));
                }

                gallery = new Gallery(space ?? header.Space, file, options);
                gallery.Reload(header);
            });
            return gallery!;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private GallerySnapshot Current()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Volatile.Read(ref _snapshot);
    }

    private static GalleryItem ItemOf(GalleryLocation row) =>
        new(row.Entry.Id, row.Entry.Label, row.Embedding.ToArray()) { Metadata = row.Entry.ReadMetadata() };

    private void Write(IEnumerable<GalleryItem> items, bool replaces)
    {
        ArgumentNullException.ThrowIfNull(items);

        // All that can be refused is refused before anybody waits.
        List<GalleryItem> checkedItems = [];
        List<float[]> embeddings = [];
        foreach (GalleryItem item in GalleryItem.Distinct(items, nameof(items)))
        {
            embeddings.Add(Space.Prepare(item.Embedding.Span, $"The embedding of '{item.Id}'", nameof(items)));
            checkedItems.Add(item);
        }

        Change(() =>
        {
            List<GalleryEntry> replaced = [.. checkedItems.Select(item => ById().GetValueOrDefault(item.Id).Entry).OfType<GalleryEntry>()];
            if (!replaces && replaced.Count > 0)
            {
                throw GalleryArguments.AlreadyThere(replaced[0].Id, nameof(Upsert));
            }

            long position = _header.NextPosition;
            return (replaced, [.. checkedItems.Select((item, i) => RowOf(item, embeddings[i], position + i))]);
        });
    }

    /// <summary>Makes a change: first in the file, then in memory.</summary>
    private void Change(Func<(List<GalleryEntry> Removed, List<GalleryRow> Added)> plan)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            List<GalleryEntry> removed = [];
            List<GalleryRow> added = [];
            GalleryHeader header = _header;
            void Plan()
            {
                (removed, added) = plan();
                header = _header with
                {
                    Version = _header.Version + 1,
                    Count = _header.Count - removed.Count + added.Count,
                    NextPosition = _header.NextPosition + added.Count,
                    Sum = _header.Sum - Sum(removed) + Sum(added.Select(row => row.Entry)),
                };
            }

            if (_file is null)
            {
                Plan();
            }
            else
            {
                _file.InTransaction(() =>
                {
                    ReloadIfChanged();
                    Plan();
                    if (removed.Count + added.Count > 0)
                    {
                        _file.CheckIsAt(_header);
                        _file.Delete(removed);
                        _file.Insert(added);
                        _file.WriteHeader(header);
                    }
                });
            }

            if (removed.Count + added.Count > 0)
            {
                _file?.CheckHolds(header);
                _header = header;
                Apply(removed, added);
            }
        }
    }

    private void Apply(List<GalleryEntry> removed, List<GalleryRow> added)
    {
        foreach (GalleryEntry entry in removed)
        {
            entry.RemoveAt(_header.Version);
        }

        GallerySnapshot before = _snapshot;
        int count = before.Count - removed.Count + added.Count;
        int removedRows = before.Rows + added.Count - count;
        if (removedRows > RemovedRowsKept && removedRows > count / 2)
        {
            Publish(before.Live().Where(row => row.Entry.IsIn(_header.Version)).Select(row => new GalleryRow(row.Entry, row.Embedding)).Concat(added));
            return;
        }

        ConcurrentDictionary<string, GalleryLocation> byId = ById();
        var matrix = new GalleryMatrix(Space.Dimension, before);
        foreach (GalleryRow row in added)
        {
            byId[row.Entry.Id] = matrix.Append(row.Entry, row.Embedding.Span);
        }

        // What was replaced is never missing: by now its id stands for the new row.
        foreach (GalleryEntry entry in removed.Where(entry => byId[entry.Id].Entry == entry))
        {
            byId.TryRemove(entry.Id, out _);
        }

        Volatile.Write(ref _snapshot, matrix.ToSnapshot(count, _header.Version));
    }

    private void Publish(IEnumerable<GalleryRow> rows)
    {
        var matrix = new GalleryMatrix(Space.Dimension);
        foreach (GalleryRow row in rows)
        {
            matrix.Append(row.Entry, row.Embedding.Span);
        }

        Publish(matrix, _header);
    }

    private void Publish(GalleryMatrix matrix, GalleryHeader header)
    {
        Volatile.Write(ref _snapshot, matrix.ToSnapshot((int)header.Count, header.Version));
        Volatile.Write(ref _byId, null);

        // At last: to a thread that asks whether there is something new, it says that the rows are those of the file.
        Volatile.Write(ref _header, header);
    }

    private ConcurrentDictionary<string, GalleryLocation> ById()
    {
        if (Volatile.Read(ref _byId) is { } made)
        {
            return made;
        }

        lock (_writing)
        {
            return _byId ??= new ConcurrentDictionary<string, GalleryLocation>(
                _snapshot.Live().Select(row => KeyValuePair.Create(row.Entry.Id, row)), StringComparer.Ordinal);
        }
    }

    private bool ReloadIfChanged()
    {
        GalleryHeader header = _file!.ReadHeader();
        if (header.Version == _header.Version)
        {
            return false;
        }

        Reload(header);
        return true;
    }

    private void Reload(GalleryHeader header)
    {
        var matrix = new GalleryMatrix(Space.Dimension);
        _file!.ReadRows(header, matrix);
        Publish(matrix, header);
    }

    private static GalleryRow RowOf(GalleryItem item, float[] embedding, long position)
    {
        string? metadata = item.Metadata.Count == 0
            ? null
            : JsonSerializer.Serialize(new SortedDictionary<string, string>(item.Metadata.ToDictionary(), StringComparer.Ordinal));
        uint checksum = GalleryChecksum.Of(
            position,
            Encoding.UTF8.GetBytes(item.Id),
            Encoding.UTF8.GetBytes(item.Label),
            metadata is null ? [] : Encoding.UTF8.GetBytes(metadata),
            MemoryMarshal.AsBytes(embedding.AsSpan()));
        return new GalleryRow(new GalleryEntry(item.Id, item.Label, metadata, position, checksum), embedding);
    }

    private static ulong Sum(IEnumerable<GalleryEntry> entries)
    {
        ulong sum = 0;
        foreach (GalleryEntry entry in entries)
        {
            sum += entry.Checksum;
        }

        return sum;
    }
}
