using System.Globalization;
using System.Linq.Expressions;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>A gallery over any collection of Microsoft.Extensions.VectorData: over Qdrant, Azure AI Search and the rest, by their own connectors.</summary>
/// <remarks>
/// <para>
/// The collection is made by its connector with <see cref="GalleryRecord.Define"/>. Searches are as exact as the connector's. Labels are
/// filtered by the connector and checked here; metadata are filtered here, after the search, since no connector has to know them.
/// </para>
/// <para>
/// The collection is not trusted. Whatever it returns, a search returns at most as many items as were asked for, nearest first, each once and
/// each one that the filter accepts. What cannot be put right is an <see cref="InvalidDataException"/> that names the collection: a record
/// that is missing, that was not asked for or is of another network, an embedding of another length, a score that is missing, not a number
/// or out of its function's range, and results without end.
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

    // A collection that returns more than it was asked for is listened to so much longer, since the nearest may come last.
    private const int MostUnasked = 1_000_000;

    private readonly VectorStoreCollection<string, GalleryRecord> _collection;
    private readonly Func<double, float?> _toDistance;

    private VectorStoreGallery(VectorStoreCollection<string, GalleryRecord> collection, EmbeddingSpace space, Func<double, float?> toDistance)
    {
        _collection = collection;
        _toDistance = toDistance;
        Space = space;
    }

    /// <inheritdoc/>
    public EmbeddingSpace Space { get; }

    /// <summary>Opens a gallery over a collection, and makes the collection where there is none.</summary>
    /// <param name="collection">The collection; it stays the caller's, who disposes it.</param>
    /// <param name="space">The space of the embeddings that it holds or will hold.</param>
    /// <param name="distanceFunction">The collection's distance function, which its scores are of; null for the space's distance itself.</param>
    /// <param name="cancellationToken">Stops the call.</param>
    /// <returns>The gallery.</returns>
    /// <exception cref="InvalidDataException">The collection returns a null record.</exception>
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
        Func<double, float?> toDistance = CollectionScore.ToDistance(
            space.Distance, distanceFunction ?? CollectionScore.FunctionOf(space.Distance), nameof(distanceFunction));
        await collection.EnsureCollectionExistsAsync(cancellationToken).ConfigureAwait(false);
        var gallery = new VectorStoreGallery(collection, space, toDistance);
        string own = space.ToString();
        await foreach (GalleryRecord? other in collection.GetAsync(record => record.Space != own, 1, cancellationToken: cancellationToken).Take(1).ConfigureAwait(false))
        {
            if (gallery.Identified(other).Space != own)
            {
                throw new ArgumentException(gallery.OtherSpace(other), nameof(space));
            }
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
        if ((await ThereAsync(records.Select(record => record.Id), cancellationToken).ConfigureAwait(false)).FirstOrDefault() is { } there)
        {
            throw GalleryArguments.AlreadyThere(there, nameof(UpsertAsync));
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
        IReadOnlyCollection<string> there = await ThereAsync(ids, cancellationToken).ConfigureAwait(false);
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
        GalleryRecord? record = await _collection.GetAsync(id, new RecordRetrievalOptions { IncludeVectors = true }, cancellationToken).ConfigureAwait(false);
        return record is null ? null
            : record.Id == id ? ItemOf(record)
            : throw Faulty($"returned the record '{record.Id}' when '{id}' was asked for");
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
                GalleryItem item = ItemOf(record);
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
        // More and more of the nearest, until enough of them are distinct and accepted, or there are no more. What is passed over is asked for as
        // well: pages fit together only where they are cut from one order.
        long wanted = (long)count + skip;
        int distinctBefore = 0;
        for (long top = filter is { Metadata.Count: > 0 } ? 4 * wanted : wanted; ; top *= 4)
        {
            int asked = (int)Math.Min(top, int.MaxValue);
            (Dictionary<string, Match> accepted, int distinct, bool isAll) = await SearchAsync(query, asked, filter, cancellation).ConfigureAwait(false);
            if (accepted.Count >= wanted || isAll || asked == int.MaxValue || distinct == distinctBefore)
            {
                // The order is stable: of those equally near, the collection's own remains.
                return [.. accepted.Values.OrderBy(match => match.Distance).Skip(skip).Take(count)];
            }

            distinctBefore = distinct;
        }
    }

    /// <summary>Asks for the nearest, and checks what comes.</summary>
    /// <returns>
    /// The distinct items that the filter accepts, in the collection's order; the number of distinct items; and whether the collection has no more.
    /// </returns>
    private async Task<(Dictionary<string, Match> Accepted, int Distinct, bool IsAll)> SearchAsync(
        float[] query, int top, GalleryFilter? filter, CancellationToken cancellation)
    {
        var accepted = new Dictionary<string, Match>(StringComparer.Ordinal);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        long results = 0;
        await foreach (VectorSearchResult<GalleryRecord>? result in ResultsAsync(query, top, filter, cancellation).ConfigureAwait(false))
        {
            if (++results > (long)top + MostUnasked)
            {
                throw Faulty($"goes on after {results - 1} results, though {top} were asked for");
            }

            GalleryRecord record = Checked(result?.Record);
            Match match = MatchOf(record, result!.Score);
            ids.Add(match.Id);
            bool isNearest = !accepted.TryGetValue(match.Id, out Match before) || match.Distance < before.Distance;
            if (isNearest && (filter is null || filter.Accepts(record)))
            {
                accepted[match.Id] = match;
            }
        }

        return (accepted, ids.Count, results < top);
    }

    private IAsyncEnumerable<VectorSearchResult<GalleryRecord>?> ResultsAsync(float[] query, int top, GalleryFilter? filter, CancellationToken cancellation) =>
        _collection.SearchAsync<ReadOnlyMemory<float>>(
            query,
            top,
            new VectorSearchOptions<GalleryRecord> { Filter = filter?.Labels is null ? null : Expression(filter) },
            cancellation);

    private Match MatchOf(GalleryRecord record, double? score)
    {
        string found = score is { } value ? value.ToString(CultureInfo.InvariantCulture) : "no score";
        float distance = (score is { } known ? _toDistance(known) : null)
            ?? throw Faulty($"returned '{record.Id}' with {found}, which is not a score of its distance function");
        return new Match(record.Id, record.Label ?? string.Empty, distance);
    }

    /// <summary>Finds out which of some ids are there.</summary>
    private async Task<IReadOnlyCollection<string>> ThereAsync(IEnumerable<string> ids, CancellationToken cancellation)
    {
        var asked = new HashSet<string>(GalleryArguments.Ids(ids), StringComparer.Ordinal);
        var there = new HashSet<string>(StringComparer.Ordinal);
        int results = 0;
        if (asked.Count == 0)
        {
            return there;
        }

        await foreach (GalleryRecord? record in _collection.GetAsync(asked, cancellationToken: cancellation).ConfigureAwait(false))
        {
            // What was not asked for must not be removed.
            string id = Identified(record).Id;
            there.Add(asked.Contains(id) ? id : throw Faulty($"returned the record '{id}', which was not asked for"));
            if (++results - asked.Count > MostUnasked)
            {
                throw Faulty($"goes on after {results} records, though {asked.Count} were asked for");
            }
        }

        return there;
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
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (int got = Page; got == Page; skip += Page)
        {
            got = 0;
            bool isNew = false;
            var options = new FilteredRecordRetrievalOptions<GalleryRecord>
            {
                Skip = skip,
                IncludeVectors = withVectors,
                OrderBy = order => order.Ascending(record => record.Id),
            };
            await foreach (GalleryRecord? found in _collection.GetAsync(wanted, Page, options, cancellation).ConfigureAwait(false))
            {
                GalleryRecord record = Checked(found);
                if (++got > Page + MostUnasked)
                {
                    throw Faulty($"goes on after {got - 1} records, though {Page} were asked for");
                }

                // One that another writer pushed to the next page comes twice.
                if (ids.Add(record.Id))
                {
                    isNew = true;
                    yield return record;
                }
            }

            if (got == Page && !isNew)
            {
                throw Faulty($"returned the same {Page} records again when those after them were asked for");
            }
        }
    }

    /// <summary>Makes the filter of a connector: by the space, which every connector can, and by the labels.</summary>
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

    /// <summary>Refuses a record that cannot be an item of this gallery.</summary>
    private GalleryRecord Checked(GalleryRecord? record) =>
        Identified(record).Space == Space.ToString() ? record! : throw new InvalidDataException(OtherSpace(record!));

    private GalleryRecord Identified(GalleryRecord? record) =>
        record is null ? throw Faulty("returned a null record")
        : string.IsNullOrWhiteSpace(record.Id) ? throw Faulty("returned a record without an id")
        : record;

    /// <summary>Makes the item of a record that was asked for with its embedding.</summary>
    private GalleryItem ItemOf(GalleryRecord record)
    {
        ReadOnlySpan<float> embedding = Checked(record).Embedding.Span;
        return embedding.Length != Space.Dimension
            ? throw Faulty($"returned '{record.Id}' with {embedding.Length} components, but the gallery was opened for {Space.Dimension}")
            : TensorPrimitives.IsFiniteAll(embedding)
                ? record.ToItem()
                : throw Faulty($"returned '{record.Id}' with an embedding that is not finite");
    }

    private string OtherSpace(GalleryRecord record) =>
        $"The collection '{_collection.Name}' holds '{record.Id}', an embedding of {record.Space}, but the gallery was opened for {Space}. "
        + "Embeddings of two networks cannot be compared: take a collection for each.";

    private InvalidDataException Faulty(string what) => new(
        $"The collection '{_collection.Name}' {what}. Check that its connector suits its store, and what other programs write to it.");

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
