using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

// Vector commands never go into a transaction: Garnet 2.2.8 locks the vector set for good there.
public sealed partial class GarnetGallery
{
    /// <inheritdoc/>
    public async Task AddAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default)
    {
        NewItem[] added = Prepare(items);
        foreach (NewItem[] chunk in added.Chunk(Batch))
        {
            bool[] there = await Task.WhenAll(chunk.Select(item => _connection.SendAsync(
                database => database.KeyExistsAsync(_shards.Item(item.Shard, item.Id)), cancellationToken))).ConfigureAwait(false);
            int at = Array.IndexOf(there, true);
            if (at >= 0)
            {
                throw GalleryArguments.AlreadyThere(chunk[at].Id, nameof(UpsertAsync));
            }
        }

        foreach (NewItem[] chunk in added.Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await AddVectorsAsync(chunk).ConfigureAwait(false);
            NewItem[][] refused = await Task.WhenAll(
                chunk.GroupBy(item => item.Shard).Select(group => ClaimAsync(group.Key, [.. group]))).ConfigureAwait(false);
            if (refused.SelectMany(item => item).FirstOrDefault() is { } first)
            {
                await RemoveVectorsAsync(refused.SelectMany(items => items).Select(item => (item.Shard, item.Member))).ConfigureAwait(false);
                throw new ArgumentException(
                    $"The gallery has an item '{first.Id}' that another writer added during this call, of which other items may be kept. Add what is "
                    + $"missing again, or replace it with {nameof(UpsertAsync)}.",
                    nameof(items));
            }

            await AddLostVectorsAsync(chunk).ConfigureAwait(false);
            await ReplicateAsync(chunk.Select(item => item.Shard)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task UpsertAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default)
    {
        foreach (NewItem[] chunk in Prepare(items).Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await AddVectorsAsync(chunk).ConfigureAwait(false);
            (int, byte[])[][] replaced = await Task.WhenAll(
                chunk.GroupBy(item => item.Shard).Select(group => ReplaceAsync(group.Key, [.. group]))).ConfigureAwait(false);
            await AddLostVectorsAsync(chunk).ConfigureAwait(false);
            await RemoveVectorsAsync(replaced.SelectMany(member => member)).ConfigureAwait(false);
            await ReplicateAsync(chunk.Select(item => item.Shard)).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task<int> RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default)
    {
        (string Id, int Shard)[] wanted = [.. GalleryArguments.Ids(ids).Select(id => (id, _shards.Of(id)))];
        int removed = 0;
        foreach ((string Id, int Shard)[] chunk in wanted.Chunk(Batch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            (int, byte[])[][] members = await Task.WhenAll(
                chunk.GroupBy(item => item.Shard, item => item.Id).Select(group => TakeOutAsync(group.Key, [.. group]))).ConfigureAwait(false);
            removed += members.Sum(shard => shard.Length);
            await RemoveVectorsAsync(members.SelectMany(member => member)).ConfigureAwait(false);
            await ReplicateAsync(chunk.Select(item => item.Shard)).ConfigureAwait(false);
        }

        return removed;
    }

    private NewItem[] Prepare(IEnumerable<GalleryItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return
        [
            .. GalleryItem.Distinct(items, nameof(items)).Select(item => new NewItem(
                item,
                Space.Prepare(item.Embedding.Span, $"The embedding of '{item.Id}'", nameof(items)),
                _shards.Of(item.Id),
                Guid.CreateVersion7())),
        ];
    }

    private Task<bool[]> AddVectorsAsync(NewItem[] items) => Task.WhenAll(items.Select(item => _connection.SendAsync(
        database =>
        {
            var request = VectorSetAddRequest.Member(item.Member, item.Embedding, VectorAttributes.Of(item.Item));
            request.Quantization = _header.Quantization switch
            {
                GarnetQuantization.EightBit => VectorSetQuantization.Int8,
                GarnetQuantization.Binary => VectorSetQuantization.Binary,
                _ => VectorSetQuantization.None,
            };
            request.MaxConnections = _header.GraphDegree;
            return database.VectorSetAddAsync(_shards.Vectors(item.Shard), request);
        },
        CancellationToken.None)));

    /// <summary>Adds again the vectors that are not there: a replica may have taken over without them, before the items were written.</summary>
    /// <returns>How many.</returns>
    private async Task<int> AddLostVectorsAsync(NewItem[] items)
    {
        bool[] there = await Task.WhenAll(items.Select(item => _connection.SendAsync(
            database => database.VectorSetContainsAsync(_shards.Vectors(item.Shard), item.Member), CancellationToken.None))).ConfigureAwait(false);
        NewItem[] lost = [.. items.Where((_, i) => !there[i])];
        await AddVectorsAsync(lost).ConfigureAwait(false);
        return lost.Length;
    }

    /// <summary>Makes items be there, where their ids are free.</summary>
    /// <returns>Those whose ids were not.</returns>
    private async Task<NewItem[]> ClaimAsync(int shard, NewItem[] items)
    {
        bool[] claimed = await TransactAsync(shard, items, (transaction, item) =>
            transaction.StringSetAsync(_shards.Item(shard, item.Id), item.Stored, when: When.NotExists)).ConfigureAwait(false);
        List<NewItem> refused = [];
        foreach (NewItem item in items.Where((_, i) => !claimed[i]))
        {
            // It may be there by this very call, whose answer was lost.
            byte[]? version = await _connection.SendAsync(
                database => database.StringGetRangeAsync(_shards.Item(shard, item.Id), 0, StoredItem.VersionBytes - 1),
                CancellationToken.None).ConfigureAwait(false);
            if (version is null || !item.Stored.AsSpan().StartsWith(version) || version.Length < StoredItem.VersionBytes)
            {
                refused.Add(item);
            }
        }

        return [.. refused];
    }

    /// <summary>Puts items in the place of those of their ids.</summary>
    /// <returns>The vectors of the latter.</returns>
    private async Task<(int Shard, byte[] Member)[]> ReplaceAsync(int shard, NewItem[] items)
    {
        RedisValue[] old = await TransactAsync(shard, items, (transaction, item) =>
            transaction.StringSetAndGetAsync(_shards.Item(shard, item.Id), item.Stored)).ConfigureAwait(false);
        return [.. Members(shard, [.. items.Select(item => item.Id)], old).Where(
            member => !items.Any(item => item.Member.AsSpan().SequenceEqual(member.Member)))];
    }

    private Task<T[]> TransactAsync<T>(int shard, NewItem[] items, Func<ITransaction, NewItem, Task<T>> command) => _connection.SendAsync(
        async database =>
        {
            ITransaction transaction = database.CreateTransaction();
            Task<T[]> answers = Task.WhenAll(items.Select(item => command(transaction, item)));
            Task<long> ids = transaction.SortedSetAddAsync(_shards.Ids(shard), [.. items.Select(item => new SortedSetEntry(item.Id, 0))]);
            return await RunAsync(transaction, answers, ids).ConfigureAwait(false);
        },
        CancellationToken.None);

    /// <summary>Makes items be no longer there.</summary>
    /// <returns>The vectors of those that were.</returns>
    private async Task<(int Shard, byte[] Member)[]> TakeOutAsync(int shard, string[] ids)
    {
        RedisValue[] old = await _connection.SendAsync(
            async database =>
            {
                ITransaction transaction = database.CreateTransaction();
                Task<RedisValue[]> answers = Task.WhenAll(ids.Select(id => transaction.StringGetDeleteAsync(_shards.Item(shard, id))));
                Task<long> removed = transaction.SortedSetRemoveAsync(_shards.Ids(shard), [.. ids.Select(id => (RedisValue)id)]);
                return await RunAsync(transaction, answers, removed).ConfigureAwait(false);
            },
            CancellationToken.None).ConfigureAwait(false);
        return [.. Members(shard, ids, old)];
    }

    private static async Task<T> RunAsync<T>(ITransaction transaction, Task<T> answers, Task others)
    {
        if (!await transaction.ExecuteAsync().ConfigureAwait(false))
        {
            throw new RedisServerException(RedisErrorKind.ExecAbort, CommandFlags.None, "The transaction was not run.");
        }

        await others.ConfigureAwait(false);
        return await answers.ConfigureAwait(false);
    }

    private static IEnumerable<(int Shard, byte[] Member)> Members(int shard, string[] ids, RedisValue[] stored)
    {
        for (int i = 0; i < ids.Length; i++)
        {
            if ((byte[]?)stored[i] is { Length: >= StoredItem.VersionBytes } bytes)
            {
                yield return (shard, VectorMember.Of(new Guid(bytes.AsSpan(0, StoredItem.VersionBytes), bigEndian: true), ids[i]));
            }
        }
    }

    private Task ReplicateAsync(IEnumerable<int> shards) => _connection.ReplicateAsync(shards.Distinct().Select(_shards.Vectors), _options.Replicas);

    private async Task RemoveVectorsAsync(IEnumerable<(int Shard, byte[] Member)> members)
    {
        try
        {
            await Task.WhenAll(members.Select(member => _connection.SendAsync(
                database => database.VectorSetRemoveAsync(_shards.Vectors(member.Shard), member.Member),
                CancellationToken.None))).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The items are as the caller wants them; what is left over shows in no search, and one will remove it.
        }
    }
}
