using System.Runtime.CompilerServices;
using Siamese.Pipelines;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

public sealed partial class GarnetGallery
{
    private static readonly Comparer<byte[]> _byBytes = Comparer<byte[]>.Create((x, y) => x.AsSpan().SequenceCompareTo(y));

    /// <inheritdoc/>
    public async Task<GalleryItem?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        int shard = _shards.Of(id);
        byte[]? bytes = await _connection.SendAsync(
            database => database.StringGetAsync(_shards.Item(shard, id)), cancellationToken).ConfigureAwait(false);
        return bytes is null ? null : StoredItem.Decode(id, bytes, Space.Dimension).Item;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<GalleryItem> ItemsAsync(GalleryFilter? filter = null, int skip = 0, CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(skip, 0, nameof(skip));
        return Enumerate(cancellationToken);

        async IAsyncEnumerable<GalleryItem> Enumerate([EnumeratorCancellation] CancellationToken cancellation)
        {
            int left = skip;
            await foreach (string[] page in IdsAsync(cancellation).Chunk(Batch).ConfigureAwait(false))
            {
                // Without a filter, ids say enough to pass over items.
                int passed = filter is null ? Math.Min(left, page.Length) : 0;
                left -= passed;
                foreach (GalleryItem item in await ReadAsync(page[passed..], cancellation).ConfigureAwait(false))
                {
                    if (filter?.Accepts(item) == false)
                    {
                        continue;
                    }

                    if (left > 0)
                    {
                        left--;
                    }
                    else
                    {
                        yield return item;
                    }
                }
            }
        }
    }

    /// <summary>Gives all ids in the order of their bytes: the shards' sorted sets, merged.</summary>
    private async IAsyncEnumerable<string> IdsAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var heads = new PriorityQueue<IAsyncEnumerator<byte[]>, byte[]>(_byBytes);
        try
        {
            for (int shard = 0; shard < _shards.Count; shard++)
            {
                await AdvanceAsync(IdsAsync(shard, cancellation).GetAsyncEnumerator(cancellation)).ConfigureAwait(false);
            }

            while (heads.TryDequeue(out IAsyncEnumerator<byte[]>? head, out byte[]? id))
            {
                await AdvanceAsync(head).ConfigureAwait(false);
                yield return System.Text.Encoding.UTF8.GetString(id);
            }
        }
        finally
        {
            foreach ((IAsyncEnumerator<byte[]> head, _) in heads.UnorderedItems)
            {
                await head.DisposeAsync().ConfigureAwait(false);
            }
        }

        async Task AdvanceAsync(IAsyncEnumerator<byte[]> head)
        {
            if (await head.MoveNextAsync().ConfigureAwait(false))
            {
                heads.Enqueue(head, head.Current);
            }
            else
            {
                await head.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async IAsyncEnumerable<byte[]> IdsAsync(int shard, [EnumeratorCancellation] CancellationToken cancellation)
    {
        RedisValue after = default;
        RedisValue[] page;
        do
        {
            page = await _connection.SendAsync(
                database => database.SortedSetRangeByValueAsync(_shards.Ids(shard), min: after, exclude: Exclude.Start, take: Batch),
                cancellation).ConfigureAwait(false);
            foreach (RedisValue id in page)
            {
                yield return id!;
            }

            after = page.Length == 0 ? after : page[^1];
        }
        while (page.Length == Batch);
    }

    /// <summary>Reads items that are there, in the order of their ids.</summary>
    private async Task<List<GalleryItem>> ReadAsync(string[] ids, CancellationToken cancellation)
    {
        Dictionary<string, StoredItem> stored = await ReadStoredAsync(ids, cancellation).ConfigureAwait(false);
        return [.. ids.Where(stored.ContainsKey).Select(id => stored[id].Item)];
    }

    private async Task<Dictionary<string, StoredItem>> ReadStoredAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        (int Shard, string[] Ids)[] asked =
        [
            .. ids.GroupBy(_shards.Of).SelectMany(group => group.Chunk(Batch).Select(chunk => (group.Key, chunk))),
        ];
        RedisValue[][] answers = await Task.WhenAll(asked.Select(chunk => _connection.SendAsync(
            database => database.StringGetAsync([.. chunk.Ids.Select(id => _shards.Item(chunk.Shard, id))]), cancellation))).ConfigureAwait(false);
        var stored = new Dictionary<string, StoredItem>();
        for (int i = 0; i < asked.Length; i++)
        {
            for (int j = 0; j < answers[i].Length; j++)
            {
                if ((byte[]?)answers[i][j] is { } bytes)
                {
                    stored.Add(asked[i].Ids[j], StoredItem.Decode(asked[i].Ids[j], bytes, Space.Dimension));
                }
            }
        }

        return stored;
    }
}
