using System.Linq.Expressions;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.References;

/// <summary>A collection of VectorData that is a dictionary, and does all by LINQ: what a connector of somebody else looks like to the library.</summary>
internal sealed class ListCollection(string distanceFunction) : VectorStoreCollection<string, GalleryRecord>
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, GalleryRecord> _records = new(StringComparer.Ordinal);

    public override string Name => "list";

    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default)
    {
        _records.Clear();
        return Task.CompletedTask;
    }

    public override Task<GalleryRecord?> GetAsync(string key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            return Task.FromResult(_records.TryGetValue(key, out GalleryRecord? record) ? Copy(record, options?.IncludeVectors == true) : null);
        }
    }

    public override async IAsyncEnumerable<GalleryRecord> GetAsync(
        Expression<Func<GalleryRecord, bool>> filter,
        int top,
        FilteredRecordRetrievalOptions<GalleryRecord>? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        foreach (GalleryRecord record in Records().Where(filter.Compile()).Skip(options?.Skip ?? 0).Take(top))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Copy(record, options?.IncludeVectors == true);
        }
    }

    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _records.Remove(key);
        }

        return Task.CompletedTask;
    }

    public override Task UpsertAsync(GalleryRecord record, CancellationToken cancellationToken = default) => UpsertAsync([record], cancellationToken);

    public override Task UpsertAsync(IEnumerable<GalleryRecord> records, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            foreach (GalleryRecord record in records)
            {
                _records[record.Id] = Copy(record, withVector: true);
            }
        }

        return Task.CompletedTask;
    }

    public override async IAsyncEnumerable<VectorSearchResult<GalleryRecord>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<GalleryRecord>? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        var query = (ReadOnlyMemory<float>)(object)searchValue!;
        Func<GalleryRecord, bool> filter = options?.Filter?.Compile() ?? (_ => true);
        int sign = distanceFunction is DistanceFunction.CosineSimilarity or DistanceFunction.DotProductSimilarity ? -1 : 1;
        foreach ((GalleryRecord record, double score) in Records().Where(filter)
            .Select(record => (record, Score(query.Span, record.Embedding.Span)))
            .OrderBy(pair => sign * pair.Item2)
            .Skip(options?.Skip ?? 0)
            .Take(top))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new VectorSearchResult<GalleryRecord>(Copy(record, options?.IncludeVectors == true), score);
        }
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) => null;

    private static GalleryRecord Copy(GalleryRecord record, bool withVector) => new()
    {
        Id = record.Id,
        Label = record.Label,
        Space = record.Space,
        Metadata = record.Metadata,
        Embedding = withVector ? record.Embedding : default,
    };

    private GalleryRecord[] Records()
    {
        lock (_lock)
        {
            return [.. _records.Values];
        }
    }

    private double Score(ReadOnlySpan<float> x, ReadOnlySpan<float> y) => distanceFunction switch
    {
        DistanceFunction.EuclideanDistance => TensorPrimitives.Distance(x, y),
        DistanceFunction.EuclideanSquaredDistance => Math.Pow(TensorPrimitives.Distance(x, y), 2),
        DistanceFunction.CosineSimilarity => TensorPrimitives.CosineSimilarity(x, y),
        DistanceFunction.CosineDistance => 1 - TensorPrimitives.CosineSimilarity(x, y),
        DistanceFunction.DotProductSimilarity => TensorPrimitives.Dot(x, y),
        DistanceFunction.NegativeDotProductSimilarity => -TensorPrimitives.Dot(x, y),
        _ => throw new NotSupportedException(distanceFunction),
    };
}
