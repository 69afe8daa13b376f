using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Galleries.Garnet;

public sealed partial class GarnetGallery
{
    // Garnet's own bound of ef.
    private const int WidestSearch = 1_000_000;

    // Where a filtered search finds too few, so many items at most are read through for those that no path of the graph leads to.
    private const int MostItemsReadThrough = 10_000;

    private const int QueriesAtOnce = 8;

    // Longer than any write takes: only what a killed writer has left is older.
    private static readonly TimeSpan _leftOverAfter = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IReadOnlyList<Match>>> NearestAsync(
        IReadOnlyList<ReadOnlyMemory<float>> queries,
        int count,
        GalleryFilter? filter = null,
        int skip = 0,
        CancellationToken cancellationToken = default)
    {
        float[][] prepared = GalleryArguments.PrepareQueries(Space, queries, count, skip);
        var found = new IReadOnlyList<Match>[prepared.Length];
        int changes;
        do
        {
            await _repair.WaitAsync(cancellationToken).ConfigureAwait(false);
            changes = Volatile.Read(ref _changes);
            await SearchAllAsync().ConfigureAwait(false);

            // Once more where a replica took over meanwhile, which may have lacked vectors.
            await _repair.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        while (changes != Volatile.Read(ref _changes));

        return found;

        Task SearchAllAsync() => Parallel.ForAsync(
            0,
            prepared.Length,
            new ParallelOptions { MaxDegreeOfParallelism = QueriesAtOnce, CancellationToken = cancellationToken },
            async (i, cancellation) => found[i] = filter is { Labels.Count: 0 }
                ? []
                : await NearestAsync(prepared[i], count, filter, skip, cancellation).ConfigureAwait(false));
    }

    private async Task<IReadOnlyList<Match>> NearestAsync(float[] query, int count, GalleryFilter? filter, int skip, CancellationToken cancellation)
    {
        long wanted = (long)count + skip;
        IReadOnlyList<Match> found = await SearchAsync(
            query, wanted, wanted * _options.Oversampling, _options.ExplorationFactor, filter, cancellation).ConfigureAwait(false);
        if (found.Count < wanted)
        {
            long size = await CountAsync(cancellation).ConfigureAwait(false);
            if (found.Count < size)
            {
                found = await SearchAsync(query, wanted, size, size, filter, cancellation).ConfigureAwait(false);
                if (found.Count < Math.Min(wanted, size) && (filter is null || size <= MostItemsReadThrough))
                {
                    found = await ReadThroughAsync(query, wanted, filter, cancellation).ConfigureAwait(false);
                }
            }
        }

        return [.. found.Skip(skip).Take(count)];
    }

    /// <summary>Searches the graphs of all shards, and compares exactly what they find.</summary>
    /// <param name="query">The query.</param>
    /// <param name="wanted">How many matches are wanted.</param>
    /// <param name="candidates">How many vectors each shard is asked for.</param>
    /// <param name="breadth">ef, how many vectors a shard keeps in sight.</param>
    /// <param name="filter">Among which items; null for all.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <returns>The matches, nearest first; fewer than wanted where the graphs lead to no more.</returns>
    private async Task<IReadOnlyList<Match>> SearchAsync(
        float[] query, long wanted, long candidates, long breadth, GalleryFilter? filter, CancellationToken cancellation)
    {
        int most = (int)Math.Min(candidates, WidestSearch);
        int widest = (int)Math.Clamp(breadth, most, WidestSearch);
        Candidate[][] shards = await Task.WhenAll(Enumerable.Range(0, _shards.Count).Select(
            shard => SearchShardAsync(shard, query, most, widest, filter, cancellation))).ConfigureAwait(false);
        Candidate[] ranked = [.. shards.SelectMany(shard => shard).OrderBy(candidate => candidate.Score)];

        // By id, since an item that is being replaced has two vectors. It is compared as it is now, but only its own vector counts.
        Dictionary<string, StoredItem> known = [];
        List<Match> matches = [];
        List<Candidate> leftOver = [];
        int current = 0;
        long compared = wanted * _options.Oversampling;
        foreach (Candidate[] chunk in ranked.Chunk((int)Math.Clamp(compared, 1, Batch * _shards.Count)))
        {
            IEnumerable<string> unknown = chunk.Select(candidate => candidate.Id).Where(id => !known.ContainsKey(id)).Distinct();
            foreach ((string id, StoredItem stored) in await ReadStoredAsync(unknown, cancellation).ConfigureAwait(false))
            {
                known.Add(id, stored);
                if (filter?.Accepts(stored.Item) != false)
                {
                    matches.Add(MatchOf(query, stored.Item));
                }
            }

            foreach (Candidate candidate in chunk)
            {
                if (!known.TryGetValue(candidate.Id, out StoredItem stored) || stored.Version != candidate.Version)
                {
                    leftOver.Add(candidate);
                }
                else if (filter?.Accepts(stored.Item) != false)
                {
                    current++;
                }
            }

            if (current >= compared)
            {
                break;
            }
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await RemoveVectorsAsync(leftOver
            .Where(candidate => now - VectorMember.MadeAt(candidate.Version) > _leftOverAfter)
            .Select(candidate => (candidate.Shard, candidate.Member))).ConfigureAwait(false);
        return Ordered(matches);
    }

    private async Task<Candidate[]> SearchShardAsync(
        int shard, float[] query, int count, int breadth, GalleryFilter? filter, CancellationToken cancellation)
    {
        var request = VectorSetSimilaritySearchRequest.ByVector(query);
        request.Count = count;
        request.SearchExplorationFactor = breadth;
        request.WithScores = true;
        request.FilterExpression = VectorAttributes.Expression(filter);
        using Lease<VectorSetSimilaritySearchResult>? results = await _connection.SendAsync(
            database => database.VectorSetSimilaritySearchAsync(_shards.Vectors(shard), request), cancellation).ConfigureAwait(false);
        var candidates = new Candidate[results?.Length ?? 0];
        for (int i = 0; i < candidates.Length; i++)
        {
            VectorSetSimilaritySearchResult result = results!.Span[i];
            byte[] member = result.Member!;
            (Guid version, string id) = VectorMember.Parse(member);
            candidates[i] = new Candidate(shard, member, version, id, result.Score);
        }

        return candidates;
    }

    /// <summary>Finds the nearest items by reading all.</summary>
    private async Task<IReadOnlyList<Match>> ReadThroughAsync(float[] query, long wanted, GalleryFilter? filter, CancellationToken cancellation)
    {
        var nearest = new PriorityQueue<Match, float>(Comparer<float>.Create((x, y) => y.CompareTo(x)));
        await foreach (GalleryItem item in ItemsAsync(filter, cancellationToken: cancellation).ConfigureAwait(false))
        {
            Match match = MatchOf(query, item);
            if (nearest.Count < wanted)
            {
                nearest.Enqueue(match, match.Distance);
            }
            else
            {
                nearest.EnqueueDequeue(match, match.Distance);
            }
        }

        return Ordered(nearest.UnorderedItems.Select(pair => pair.Element));
    }

    private static Match[] Ordered(IEnumerable<Match> matches) =>
        [.. matches.OrderBy(match => match.Distance).ThenBy(match => match.Id, StringComparer.Ordinal)];

    private Match MatchOf(float[] query, GalleryItem item) => new(item.Id, item.Label, Space.Distance.Between(query, item.Embedding.Span));
}
