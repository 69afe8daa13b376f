using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.VectorData;

namespace Siamese.Pipelines.Retrieval;

/// <summary>A gallery as a collection of Microsoft.Extensions.VectorData, for whatever is written against that.</summary>
/// <remarks>
/// <para>
/// Filters may say <c>record.Label == "x"</c>, <c>labels.Contains(record.Label)</c>, <c>record.Space == "s"</c>, and combine them with
/// <c>&amp;&amp;</c>, and conditions on the label with <c>||</c>; anything else is a <see cref="NotSupportedException"/> that names it.
/// Records are ordered by their ids, ascending, or not at all.
/// </para>
/// <para>
/// The score of a search is the gallery's distance, Euclidean or cosine: smaller is nearer, and a <c>ScoreThreshold</c> lets through what
/// is no farther. A query is a <c>float[]</c>, a <c>ReadOnlyMemory&lt;float&gt;</c> or an <c>Embedding&lt;float&gt;</c>; with a generator, an
/// image as <c>DataContent</c> too.
/// </para>
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "A collection of VectorData is called so, as every connector's is.")]
public sealed class GalleryCollection : VectorStoreCollection<string, GalleryRecord>
{
    private readonly IGallery _gallery;
    private readonly IEmbeddingGenerator<DataContent, Embedding<float>>? _generator;
    private readonly VectorStoreCollectionMetadata _metadata;

    /// <summary>Initializes a collection.</summary>
    /// <param name="gallery">The gallery; it stays the caller's, who disposes it.</param>
    /// <param name="name">The collection's name.</param>
    /// <param name="generator">Embeds queries that are images, and must be of the gallery's network; null for none.</param>
    public GalleryCollection(IGallery gallery, string name, IEmbeddingGenerator<DataContent, Embedding<float>>? generator = null)
    {
        ArgumentNullException.ThrowIfNull(gallery);
        _gallery = gallery;
        Name = Guard.NotBlank(name, nameof(name));
        _generator = generator;
        _metadata = new VectorStoreCollectionMetadata { VectorStoreSystemName = "siamese-gallery", CollectionName = name };
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>Says that the collection exists: it does as long as its gallery.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    /// <returns>True.</returns>
    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

    /// <summary>Does nothing: the collection exists as long as its gallery.</summary>
    /// <param name="cancellationToken">Not needed.</param>
    /// <returns>A task that has ended.</returns>
    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>Removes all items. The gallery itself is its owner's to delete.</summary>
    /// <param name="cancellationToken">Stops the removal; what was removed before is gone.</param>
    /// <returns>A task that ends once they are gone.</returns>
    public override async Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        List<string> ids = [];
        await foreach (GalleryItem item in _gallery.ItemsAsync(cancellationToken: cancellationToken).ConfigureAwait(false))
        {
            ids.Add(item.Id);
        }

        await _gallery.RemoveAsync(ids, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<GalleryRecord?> GetAsync(string key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) =>
        await _gallery.FindAsync(key, cancellationToken).ConfigureAwait(false) is { } item ? RecordOf(item, options?.IncludeVectors == true) : null;

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The filter or the order says what this collection cannot do.</exception>
    public override async IAsyncEnumerable<GalleryRecord> GetAsync(
        Expression<Func<GalleryRecord, bool>> filter,
        int top,
        FilteredRecordRetrievalOptions<GalleryRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(top, 1, nameof(top));
        CheckOrder(options);
        if (!GalleryFilterTranslator.TryTranslate(filter, _gallery.Space.ToString(), out GalleryFilter? wanted))
        {
            yield break;
        }

        await foreach (GalleryItem item in _gallery.ItemsAsync(wanted, options?.Skip ?? 0, cancellationToken).Take(top).ConfigureAwait(false))
        {
            yield return RecordOf(item, options?.IncludeVectors == true);
        }
    }

    /// <inheritdoc/>
    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default) => _gallery.RemoveAsync([key], cancellationToken);

    /// <inheritdoc/>
    public override Task DeleteAsync(IEnumerable<string> keys, CancellationToken cancellationToken = default) => _gallery.RemoveAsync(keys, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The record names another space, or its embedding cannot be compared.</exception>
    public override Task UpsertAsync(GalleryRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        return UpsertAsync([record], cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A record names another space, or an embedding cannot be compared. Nothing was changed.</exception>
    public override Task UpsertAsync(IEnumerable<GalleryRecord> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        return _gallery.UpsertAsync([.. records.Select(ItemOf)], cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The query or the filter is of a kind that this collection cannot take.</exception>
    public override async IAsyncEnumerable<VectorSearchResult<GalleryRecord>> SearchAsync<TInput>(
        TInput searchValue,
        int top,
        VectorSearchOptions<GalleryRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Guard.AtLeast(top, 1, nameof(top));
        options ??= new VectorSearchOptions<GalleryRecord>();
        ReadOnlyMemory<float> query = await EmbedAsync(searchValue, cancellationToken).ConfigureAwait(false);
        GalleryFilter? wanted = null;
        if (options.Filter is not null && !GalleryFilterTranslator.TryTranslate(options.Filter, _gallery.Space.ToString(), out wanted))
        {
            yield break;
        }

        IReadOnlyList<Match> matches = (await _gallery.NearestAsync([query], top, wanted, options.Skip, cancellationToken).ConfigureAwait(false))[0];
        foreach (Match match in matches.Where(match => options.ScoreThreshold is not { } farthest || match.Distance <= farthest))
        {
            // One that was removed meanwhile is passed over.
            if (await _gallery.FindAsync(match.Id, cancellationToken).ConfigureAwait(false) is { } item)
            {
                yield return new VectorSearchResult<GalleryRecord>(RecordOf(item, options.IncludeVectors), match.Distance);
            }
        }
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(VectorStoreCollectionMetadata) ? _metadata
            : serviceType.IsInstanceOfType(_gallery) ? _gallery
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    private static void CheckOrder(FilteredRecordRetrievalOptions<GalleryRecord>? options)
    {
        if (options?.OrderBy?.Invoke(new()).Values is not { Count: > 0 } orders)
        {
            return;
        }

        bool byId = orders is [{ Ascending: true, PropertySelector.Body: var selector }]
            && (selector is UnaryExpression { Operand: var operand } ? operand : selector) is MemberExpression { Member.Name: nameof(GalleryRecord.Id) };
        if (!byId)
        {
            throw new NotSupportedException(
                $"The records of a gallery are ordered by {nameof(GalleryRecord.Id)}, ascending, but the options ask for {string.Join(", ", orders.Select(order => order.PropertySelector))}. "
                + "Leave the order out, or sort what comes.");
        }
    }

    private async ValueTask<ReadOnlyMemory<float>> EmbedAsync<TInput>(TInput value, CancellationToken cancellation) => value switch
    {
        ReadOnlyMemory<float> vector => vector,
        float[] vector => vector,
        Embedding<float> embedding => embedding.Vector,
        DataContent image when _generator is not null => (await _generator.GenerateAsync([image], cancellationToken: cancellation).ConfigureAwait(false))[0].Vector,
        DataContent => throw new NotSupportedException(
            $"The query is an image, but the collection '{Name}' has no generator to embed it with. Give it one, or embed the image first."),
        _ => throw new NotSupportedException(
            $"The query is of type {typeof(TInput).Name}, but is to be a float[], a ReadOnlyMemory<float>, an Embedding<float> or, with a generator, a DataContent."),
    };

    private GalleryItem ItemOf(GalleryRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return string.IsNullOrEmpty(record.Space) || record.Space == _gallery.Space.ToString()
            ? record.ToItem()
            : throw new ArgumentException(
                $"The record '{record.Id}' holds an embedding of {record.Space}, but this gallery holds those of {_gallery.Space}. "
                + "Embed it with the network that filled the gallery.",
                nameof(record));
    }

    private GalleryRecord RecordOf(GalleryItem item, bool withVector) =>
        GalleryRecord.Of(item, withVector ? item.Embedding : ReadOnlyMemory<float>.Empty, _gallery.Space);
}
