using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Retrieval;

// Writes wait for the disk and for other writers, searches take the processor: neither is to hold up the thread that asks. Who asks through the
// contract cannot know of Refresh, and sees what other processes wrote as with any other store.
public sealed partial class Gallery : IGallery
{
    ValueTask<long> IGallery.CountAsync(CancellationToken cancellationToken) => new(FreshAsync(() => (long)Count, cancellationToken));

    Task IGallery.AddAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken) => Task.Run(() => Add(items), cancellationToken);

    Task IGallery.UpsertAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken) =>
        Task.Run(() => Upsert(items), cancellationToken);

    Task<int> IGallery.RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken) =>
        Task.Run(() => Remove(ids), cancellationToken);

    Task<GalleryItem?> IGallery.FindAsync(string id, CancellationToken cancellationToken) => FreshAsync(() => Find(id), cancellationToken);

    IAsyncEnumerable<GalleryItem> IGallery.ItemsAsync(GalleryFilter? filter, int skip, CancellationToken cancellationToken)
    {
        Guard.AtLeast(skip, 0, nameof(skip));
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Enumerate(cancellationToken);

        async IAsyncEnumerable<GalleryItem> Enumerate([EnumeratorCancellation] CancellationToken cancellation)
        {
            List<GalleryLocation> rows = await FreshAsync(
                () => Current().Live()
                    .Where(row => filter?.Accepts(row.Entry) != false)
                    .OrderBy(row => row.Entry.Id, StringComparer.Ordinal)
                    .Skip(skip)
                    .ToList(),
                cancellation).ConfigureAwait(false);
            foreach (GalleryLocation row in rows)
            {
                cancellation.ThrowIfCancellationRequested();
                yield return ItemOf(row);
            }
        }
    }

    Task<IReadOnlyList<IReadOnlyList<Match>>> IGallery.NearestAsync(
        IReadOnlyList<ReadOnlyMemory<float>> queries, int count, GalleryFilter? filter, int skip, CancellationToken cancellationToken)
    {
        float[][] prepared = GalleryArguments.PrepareQueries(Space, queries, count, skip);
        int wanted = (int)Math.Min((long)count + skip, int.MaxValue);
        return FreshAsync<IReadOnlyList<IReadOnlyList<Match>>>(
            () =>
            {
                IReadOnlyList<Match>[] found = Search(prepared, wanted, skippedLabels: null, filter, cancellationToken);
                return skip == 0 ? found : Array.ConvertAll(found, matches => (IReadOnlyList<Match>)[.. matches.Skip(skip)]);
            },
            cancellationToken);
    }

    private Task<T> FreshAsync<T>(Func<T> read, CancellationToken cancellation) => Task.Run(
        () =>
        {
            Refresh();
            return read();
        },
        cancellation);

    ValueTask IAsyncDisposable.DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
