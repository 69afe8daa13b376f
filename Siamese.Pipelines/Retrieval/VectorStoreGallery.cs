using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>A gallery over any collection of Microsoft.Extensions.VectorData: over Qdrant, Azure AI Search and the rest, by their own connectors.</summary>
/// <remarks>
/// <para>
/// The collection is made by its connector with <see cref="GalleryRecord.Define"/>. Searches are as exact as the connector's. What a filter
/// says of metadata is looked at here, after the search, since no connector has to know it; labels are filtered by the connector.
/// </para>
/// <para>
/// The abstraction has no transactions and no way to count: <see cref="AddAsync"/> looks for the ids first, so that of two writers of one id
/// both may win, and <see cref="CountAsync"/> goes through all keys. It was tested over <see cref="GalleryCollection"/> and over a collection
/// in memory; no connector of a database was tried.
/// </para>
/// </remarks>
public sealed class VectorStoreGallery : IGallery
{
    private const int Page = 256;

    private readonly VectorStoreCollection<string, GalleryRecord> _collection;
    private readonly Func<double, float> _toDistance;

    private VectorStoreGallery(VectorStoreCollection<string, GalleryRecord> collection, EmbeddingSpace space, Func<double, float> toDistance)
    {
        _collection = collection;
        _toDistance = toDistance;
        Space = space;
    }

    /// <inheritdoc/>
    public EmbeddingSpace Space { get; }

    /// <summary>Opens a gallery over a collection, and makes the collection where there is none.</summary>
    /// <param name="collection">The collection; it stays the caller's, who disposes it.</param>
    /// <param name="space">Whose embeddings it holds, or is to hold.</param>
    /// <param name="distanceFunction">The collection's distance function, which its scores are of; null for the space's distance itself.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery.</returns>
    /// <exception cref="ArgumentException">
    /// The collection holds embeddings of another network, dimension or distance, or its distance function orders items otherwise than the space's distance does.
    /// </exception>
    public static async Task<VectorStoreGallery> OpenOrCreateAsync(
        VectorStoreCollection<string, GalleryRecord> collection,
        EmbeddingSpace space,
        string? distanceFunction = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(collection);
        ArgumentNullException.ThrowIfNull(space);
        Func<double, float> toDistance = CollectionScore.ToDistance(
            space.Distance, distanceFunction ?? CollectionScore.FunctionOf(space.Distance), nameof(distanceFunction));
        await collection.EnsureCollectionExistsAsync(cancellationToken).ConfigureAwait(false);
        var gallery = new VectorStoreGallery(collection, space, toDistance);
        string own = space.ToString();
        await foreach (GalleryRecord other in collection.GetAsync(record => record.Space != own, 1, cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            gallery.CheckSpace(other, nameof(space));
        }

        return gallery;
    }

    /// <inheritdoc/>
    public async ValueTask<long> CountAsync(CancellationToken cancellationToken = default)
    {
        long count = 0;
        await foreach (GalleryRecord _ in RecordsAsync(filter: null, 0, withVectors: false, cancellationToken).ConfigureAwait(false))
        {
            count++;
        }

        return count;
    }

    /// <inheritdoc/>
    public async Task AddAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default)
    {
        GalleryRecord[] records = Records(items);
        cancellationToken.ThrowIfCancellationRequested();
        await foreach (GalleryRecord there in _collection.GetAsync(records.Select(record => record.Id), cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            throw GalleryArguments.AlreadyThere(there.Id, nameof(UpsertAsync));
        }

        await UpsertAsync(records, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public Task UpsertAsync(IEnumerable<GalleryItem> items, CancellationToken cancellationToken = default) =>
        UpsertAsync(Records(items), cancellationToken);

    /// <inheritdoc/>
    public async Task<int> RemoveAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        List<string> there = [];
        await foreach (GalleryRecord record in _collection.GetAsync(ids.Distinct(), cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            there.Add(record.Id);
        }

        if (there.Count > 0)
        {
            await _collection.DeleteAsync(there, cancellationToken).ConfigureAwait(false);
        }

        return there.Count;
    }

    /// <inheritdoc/>
    public async Task<GalleryItem?> FindAsync(string id, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        return (await _collection.GetAsync(id, new RecordRetrievalOptions { IncludeVectors = true }, cancellationToken).ConfigureAwait(false))?.ToItem();
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<GalleryItem> ItemsAsync(GalleryFilter? filter = null, int skip = 0, CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(skip, 0, nameof(skip));
        return Enumerate(cancellationToken);

        async IAsyncEnumerable<GalleryItem> Enumerate([EnumeratorCancellation] CancellationToken cancellation)
        {
            // The connector can pass over records only where it knows the whole filter.
            bool known = filter is not { Metadata.Count: > 0 };
            int left = known ? 0 : skip;
            await foreach (GalleryRecord record in RecordsAsync(filter, known ? skip : 0, withVectors: true, cancellation).ConfigureAwait(false))
            {
                GalleryItem item = record.ToItem();
                if (filter?.Accepts(item) != false && left-- <= 0)
                {
                    yield return item;
                }
            }
        }
    }

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
        for (int i = 0; i < found.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            found[i] = filter is { Labels.Count: 0 } ? [] : await NearestAsync(prepared[i], count, filter, skip, cancellationToken).ConfigureAwait(false);
        }

        return found;
    }

    /// <summary>Does nothing: the collection is its owner's.</summary>
    /// <returns>A task that has ended.</returns>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task<IReadOnlyList<Match>> NearestAsync(float[] query, int count, GalleryFilter? filter, int skip, CancellationToken cancellation)
    {
        if (filter is not { Metadata.Count: > 0 })
        {
            return [.. await SearchAsync(query, count, filter, skip, cancellation).ConfigureAwait(false)];
        }

        // More and more of the nearest, until enough of them have the metadata, or there are no more.
        long wanted = (long)count + skip;
        for (int top = (int)Math.Min(4 * wanted, int.MaxValue); ; top = (int)Math.Min(4L * top, int.MaxValue))
        {
            List<Match> passed = [];
            int seen = 0;
            await foreach (VectorSearchResult<GalleryRecord> result in ResultsAsync(query, top, filter, 0, cancellation).ConfigureAwait(false))
            {
                seen++;
                if (filter.Accepts(result.Record.ToItem()))
                {
                    passed.Add(MatchOf(result));
                }
            }

            if (passed.Count >= wanted || seen < top || top == int.MaxValue)
            {
                return [.. passed.Skip(skip).Take(count)];
            }
        }
    }

    private async Task<List<Match>> SearchAsync(float[] query, int count, GalleryFilter? filter, int skip, CancellationToken cancellation)
    {
        List<Match> matches = [];
        await foreach (VectorSearchResult<GalleryRecord> result in ResultsAsync(query, count, filter, skip, cancellation).ConfigureAwait(false))
        {
            matches.Add(MatchOf(result));
        }

        return matches;
    }

    private IAsyncEnumerable<VectorSearchResult<GalleryRecord>> ResultsAsync(
        float[] query, int top, GalleryFilter? filter, int skip, CancellationToken cancellation) =>
        _collection.SearchAsync<ReadOnlyMemory<float>>(
            query,
            top,
            new VectorSearchOptions<GalleryRecord> { Filter = filter?.Labels is null ? null : Expression(filter), Skip = skip },
            cancellation);

    private Match MatchOf(VectorSearchResult<GalleryRecord> result)
    {
        CheckSpace(result.Record, "space");
        return new Match(result.Record.Id, result.Record.Label, _toDistance(result.Score ?? double.NaN));
    }

    private async IAsyncEnumerable<GalleryRecord> RecordsAsync(
        GalleryFilter? filter, int skip, bool withVectors, [EnumeratorCancellation] CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (filter is { Labels.Count: 0 })
        {
            yield break;
        }

        Expression<Func<GalleryRecord, bool>> wanted = Expression(filter);
        for (int got = Page; got == Page; skip += Page)
        {
            got = 0;
            var options = new FilteredRecordRetrievalOptions<GalleryRecord>
            {
                Skip = skip,
                IncludeVectors = withVectors,
                OrderBy = order => order.Ascending(record => record.Id),
            };
            await foreach (GalleryRecord record in _collection.GetAsync(wanted, Page, options, cancellation).ConfigureAwait(false))
            {
                got++;
                yield return record;
            }
        }
    }

    /// <summary>Says what a connector is to filter: the space, which every connector can, and the labels.</summary>
    private Expression<Func<GalleryRecord, bool>> Expression(GalleryFilter? filter)
    {
        string own = Space.ToString();
        if (filter?.Labels is not { } labels)
        {
            return record => record.Space == own;
        }

        if (labels.Count == 1)
        {
            string label = labels.First();
            return record => record.Space == own && record.Label == label;
        }

        List<string> some = [.. labels];
        return record => record.Space == own && some.Contains(record.Label);
    }

    private void CheckSpace(GalleryRecord record, string parameter)
    {
        if (record.Space != Space.ToString())
        {
            throw new ArgumentException(
                $"The collection '{_collection.Name}' holds '{record.Id}', an embedding of {record.Space}, but the gallery was opened for {Space}. "
                + "Embeddings of two networks cannot be compared: take a collection for each.",
                parameter);
        }
    }

    private async Task UpsertAsync(GalleryRecord[] records, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (records.Length > 0)
        {
            await _collection.UpsertAsync(records, cancellation).ConfigureAwait(false);
        }
    }

    private GalleryRecord[] Records(IEnumerable<GalleryItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        return
        [
            .. GalleryItem.Distinct(items, nameof(items)).Select(item => GalleryRecord.Of(
                item, Space.Prepare(item.Embedding.Span, $"The embedding of '{item.Id}'", nameof(items)), Space)),
        ];
    }
}
