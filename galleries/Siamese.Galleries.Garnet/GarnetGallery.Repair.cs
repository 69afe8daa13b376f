using System.Text;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

public sealed partial class GarnetGallery
{
    // Longer than a page of items takes; after it others repair what one who was killed has begun.
    private static readonly TimeSpan _claimTime = TimeSpan.FromSeconds(30);

    // A new primary was seen to lose vectors that were added to it in its first three seconds.
    private static readonly TimeSpan _settlingTime = TimeSpan.FromSeconds(5);

    // How often what searches find has changed by repairs; and whether it has since that was counted.
    private int _changes;
    private bool _isChanged;

    // By which it knows its own claims, also where the answer was lost.
    private readonly string _claimant = Guid.CreateVersion7().ToString();

    /// <summary>Adds again the vectors that the store has lost, from the embeddings that are kept with the items.</summary>
    /// <remarks>
    /// An item whose vector is lost is found by its id and listed, but not by searches. That happens where a replica takes over
    /// that is still at work on what it received: Garnet 2.2.8 then drops some vectors. A gallery that is open does so by itself, in the
    /// background, for the shards that have come to another primary, and once more after some seconds; and so does one that is opened. Searches wait for
    /// it as long as a command that failed is sent again, and then go on with what is there. This call looks after all shards now. It reads all items,
    /// and may run beside writers.
    /// </remarks>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>How many vectors this call added.</returns>
    /// <exception cref="IOException">The store cannot be reached or refuses.</exception>
    public async Task<long> RepairAsync(CancellationToken cancellationToken = default)
    {
        // For its wait: what a primary that is still taking over loses later would be missing.
        await FindMovedAsync(cancellationToken).ConfigureAwait(false);
        long added = 0;
        for (int shard = 0; shard < _shards.Count; shard++)
        {
            added += await RepairShardAsync(shard, isClaimed: false, cancellationToken).ConfigureAwait(false);
        }

        return added;
    }

    /// <summary>Repairs the shards that have come to another primary since they were last found whole.</summary>
    private async Task<ShardState> LookAfterShardsAsync(CancellationToken cancellation)
    {
        ShardState all = ShardState.Whole;
        foreach (MovedShard moved in await FindMovedAsync(cancellation).ConfigureAwait(false))
        {
            ShardState state = await LookAfterShardAsync(moved, cancellation).ConfigureAwait(false);
            all = state < all ? state : all;
        }

        _isChanged |= all == ShardState.Lacking;
        if (_isChanged && all != ShardState.Lacking)
        {
            _isChanged = false;
            Interlocked.Increment(ref _changes);
        }

        return all;
    }

    /// <summary>Repairs a shard, unless another process does; and sees to it that it is looked after again when its primary has settled.</summary>
    private async Task<ShardState> LookAfterShardAsync(MovedShard moved, CancellationToken cancellation)
    {
        RedisKey key = _shards.Repair(moved.Shard);
        string settling = $"settling {moved.Primary}";
        if (!await _connection.SendAsync(
            database => database.StringSetAsync(key, _claimant, _claimTime, When.NotExists), cancellation).ConfigureAwait(false))
        {
            string? claim = await _connection.SendAsync(database => database.StringGetAsync(key), cancellation).ConfigureAwait(false);
            if (claim == settling && !moved.IsFirst)
            {
                return ShardState.WholeForNow;
            }

            if (claim != _claimant)
            {
                return ShardState.Lacking;
            }
        }

        long added = await RepairShardAsync(moved.Shard, isClaimed: true, cancellation).ConfigureAwait(false);
        bool isWhole = !moved.IsFirst && added == 0;
        _isChanged |= !isWhole;
        await _connection.SendAsync(
            database => database.StringSetAsync(_shards.Primary(moved.Shard), isWhole ? moved.Primary : moved.Once), cancellation).ConfigureAwait(false);
        await _connection.SendAsync(
            database => isWhole ? database.KeyDeleteAsync(key) : database.StringSetAsync(key, settling, _settlingTime), cancellation).ConfigureAwait(false);
        return isWhole ? ShardState.Whole : ShardState.WholeForNow;
    }

    /// <summary>Finds the shards that have come to another primary since they were last found whole, and waits until it is ready.</summary>
    /// <returns>The shards; none outside a cluster, where no replica can take over.</returns>
    private async Task<MovedShard[]> FindMovedAsync(CancellationToken cancellation)
    {
        string?[] primaries = await _connection.PrimariesAsync(
            [.. Enumerable.Range(0, _shards.Count).Select(_shards.Vectors)], cancellation).ConfigureAwait(false);
        MovedShard[] all = await Task.WhenAll(primaries.Index().Where(primary => primary.Item is not null).Select(async primary => new MovedShard(
            primary.Index,
            primary.Item!,
            await _connection.SendAsync(database => database.StringGetAsync(_shards.Primary(primary.Index)), cancellation).ConfigureAwait(false))))
            .ConfigureAwait(false);
        MovedShard[] moved = [.. all.Where(shard => shard.LookedAfter != shard.Primary)];

        // No wait for a gallery that is new, nor where somebody has waited before.
        await _connection.SettleAsync(
            moved.Where(shard => shard is { LookedAfter: not null, IsFirst: true }).Select(shard => _shards.Vectors(shard.Shard)), cancellation).ConfigureAwait(false);
        return moved;
    }

    private async Task<long> RepairShardAsync(int shard, bool isClaimed, CancellationToken cancellation)
    {
        long added = 0;
        await foreach (byte[][] page in IdsAsync(shard, cancellation).Chunk(Batch).ConfigureAwait(false))
        {
            if (isClaimed)
            {
                await _connection.SendAsync(
                    database => database.KeyExpireAsync(_shards.Repair(shard), _claimTime), cancellation).ConfigureAwait(false);
            }

            Dictionary<string, StoredItem> stored = await ReadStoredAsync(page.Select(Encoding.UTF8.GetString), cancellation).ConfigureAwait(false);
            added += await AddLostVectorsAsync([.. stored.Values.Select(
                item => new NewItem(item.Item, item.Item.Embedding.ToArray(), shard, item.Version))]).ConfigureAwait(false);
        }

        return added;
    }
}
