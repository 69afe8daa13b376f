using System.Globalization;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Puts the faces of photographs into galleries: those that are there already, and have not changed since, are not read again.</summary>
internal sealed class Indexing
{
    /// <summary>The key of an item's metadata that tells which file it was read from, and how.</summary>
    public const string Source = "source";

    /// <summary>The key of an item's metadata that tells where in its photograph the face is.</summary>
    public const string Box = "box";

    // One transaction each: few enough that little is lost when the process is killed, many enough that the disk is not waited for.
    private const int ItemsAtOnce = 32;

    private readonly RunOptions _options;
    private readonly IReadOnlyList<IGallery> _galleries;
    private readonly List<FaceReading> _pending = [];

    // The paths of the photographs of which the galleries have the face.
    private readonly HashSet<string> _held = [];

    public Indexing(RunOptions options, IReadOnlyList<IGallery> galleries)
    {
        _options = options;
        _galleries = galleries;
        AlignSeconds = new double[galleries.Count];
        EmbedSeconds = new double[galleries.Count];
    }

    /// <summary>Gets how many photographs were read in this run.</summary>
    public int Read { get; private set; }

    /// <summary>Gets how many faces were added in this run.</summary>
    public int Added { get; private set; }

    /// <summary>Gets how many faces were removed in this run.</summary>
    public int Removed { get; private set; }

    /// <summary>Gets the names of the photographs without a face.</summary>
    public List<string> Missed { get; } = [];

    /// <summary>Gets the names of the files that could not be read, and why.</summary>
    public List<UnreadableFile> Unreadable { get; } = [];

    public double DetectSeconds { get; private set; }

    public double[] AlignSeconds { get; }

    public double[] EmbedSeconds { get; }

    /// <summary>Indexes photographs. When it is stopped, what was read before is kept.</summary>
    /// <param name="reader">Reads them.</param>
    /// <param name="photographs">The photographs.</param>
    /// <param name="isPictured">Says of which one thumbnails are wanted: those are read whether or not they are in the galleries.</param>
    /// <param name="observe">Is handed each that is read; null for nothing.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RunAsync(
        FaceReader reader,
        IReadOnlyList<Photograph> photographs,
        Func<Photograph, bool> isPictured,
        Action<FaceReading>? observe,
        CancellationToken cancellation)
    {
        HashSet<string> known = await KnownAsync(photographs, cancellation);
        _held.UnionWith(known);
        Photograph[] wanted = [.. photographs.Where(photograph => !known.Contains(photograph.Path) || isPictured(photograph))];
        await ProgressDisplay.RunAsync("Reading faces", wanted.Length, async advance =>
        {
            try
            {
                await foreach (FaceReading reading in reader.ReadAsync(wanted, isPictured, cancellation))
                {
                    Take(reading);
                    observe?.Invoke(reading);
                    if (_pending.Count == ItemsAtOnce)
                    {
                        await KeepAsync(known, cancellation);
                    }

                    advance(Missed.Count == 0 ? "Reading faces" : $"Reading faces ({Missed.Count} without)");
                }
            }
            finally
            {
                // Also after Ctrl+C: what was read shall not have to be read again.
                await KeepAsync(known, CancellationToken.None);
            }
        });
    }

    /// <summary>
    /// Removes the faces that earlier runs read of photographs that are gone, moved to another person, or show no face any more. What other programs put
    /// into the galleries stays. Must be called after <see cref="RunAsync"/> has read all photographs.
    /// </summary>
    public async Task RemoveGoneAsync(CancellationToken cancellation)
    {
        foreach (IGallery gallery in _galleries)
        {
            List<string> gone = [];
            await foreach (GalleryItem item in gallery.ItemsAsync(cancellationToken: cancellation))
            {
                if (item.Metadata.ContainsKey(Source) && !_held.Contains(item.Id))
                {
                    gone.Add(item.Id);
                }
            }

            foreach (string[] ids in gone.Chunk(ItemsAtOnce))
            {
                await gallery.RemoveAsync(ids, cancellation);
            }

            Removed = Math.Max(Removed, gone.Count);
        }
    }

    /// <summary>Tells by what an item was made: the file's length and time, and how its face was read.</summary>
    public string SourceOf(Photograph photograph)
    {
        // Of a link, the file that it leads to. One that went away since it was found is told when it is read, and must not end the run.
        var file = new FileInfo(photograph.Path);
        file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file.Exists ? string.Create(CultureInfo.InvariantCulture, $"{file.Length} {file.LastWriteTimeUtc:O} {_options.Reading}") : "gone";
    }

    private async Task<HashSet<string>> KnownAsync(IReadOnlyList<Photograph> photographs, CancellationToken cancellation)
    {
        var byPath = photographs.ToDictionary(photograph => photograph.Path);
        HashSet<string> known = [.. byPath.Keys];
        foreach (IGallery gallery in _galleries)
        {
            HashSet<string> here = [];
            await foreach (GalleryItem item in gallery.ItemsAsync(cancellationToken: cancellation))
            {
                if (byPath.TryGetValue(item.Id, out Photograph? photograph)
                    && item.Label == photograph.Person
                    && item.Metadata.GetValueOrDefault(Source) == SourceOf(photograph))
                {
                    here.Add(item.Id);
                }
            }

            known.IntersectWith(here);
        }

        return known;
    }

    private void Take(FaceReading reading)
    {
        Read++;
        DetectSeconds += reading.DetectSeconds;
        if (reading.Unreadable is { } why)
        {
            Unreadable.Add(new UnreadableFile(reading.Photograph.Name, why));
        }
        else if (reading.Face is null)
        {
            Missed.Add(reading.Photograph.Name);
        }

        for (int i = 0; i < reading.Embeddings.Count; i++)
        {
            AlignSeconds[i] += reading.AlignSeconds[i];
            EmbedSeconds[i] += reading.EmbedSeconds[i];
        }

        if (reading.Embeddings.Count > 0)
        {
            _pending.Add(reading);
        }
    }

    private async Task KeepAsync(HashSet<string> known, CancellationToken cancellation)
    {
        FaceReading[] added = [.. _pending.Where(reading => !known.Contains(reading.Photograph.Path))];
        for (int i = 0; i < _galleries.Count && added.Length > 0; i++)
        {
            await _galleries[i].UpsertAsync([.. added.Select(reading => ItemOf(reading, i))], cancellation);
        }

        _held.UnionWith(added.Select(reading => reading.Photograph.Path));
        Added += added.Length;
        _pending.Clear();
    }

    private GalleryItem ItemOf(FaceReading reading, int embedder) => new(reading.Photograph.Path, reading.Photograph.Person, reading.Embeddings[embedder])
    {
        Metadata = new Dictionary<string, string>
        {
            [Source] = SourceOf(reading.Photograph),
            [Box] = reading.Face?.Box.ToString() ?? "the whole picture",
        },
    };
}
