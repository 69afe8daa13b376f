using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.References;

/// <summary>A collection of VectorData that returns what a test wants, whatever it is asked for.</summary>
internal sealed class FaultyCollection : VectorStoreCollection<string, GalleryRecord>
{
    /// <summary>Gets or sets what a search returns that asks for so many.</summary>
    public Func<int, IEnumerable<VectorSearchResult<GalleryRecord>?>> Results { get; set; } = _ => [];

    /// <summary>Gets or sets what a query for a page returns.</summary>
    public Func<int, IEnumerable<GalleryRecord?>> Records { get; set; } = _ => [];

    /// <summary>Gets or sets what a query for keys returns.</summary>
    public GalleryRecord?[] Found { get; set; } = [];

    public List<string> Deleted { get; } = [];

    public override string Name => "faulty";

    public override Task<bool> CollectionExistsAsync(CancellationToken cancellationToken = default) => Task.FromResult(true);

    public override Task EnsureCollectionExistsAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task EnsureCollectionDeletedAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task<GalleryRecord?> GetAsync(string key, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(Found.FirstOrDefault());

    public override IAsyncEnumerable<GalleryRecord> GetAsync(
        IEnumerable<string> keys, RecordRetrievalOptions? options = null, CancellationToken cancellationToken = default) => Each(Found, cancellationToken);

    public override IAsyncEnumerable<GalleryRecord> GetAsync(
        Expression<Func<GalleryRecord, bool>> filter,
        int top,
        FilteredRecordRetrievalOptions<GalleryRecord>? options = null,
        CancellationToken cancellationToken = default) => Each(Records(options?.Skip ?? 0), cancellationToken);

    public override Task DeleteAsync(string key, CancellationToken cancellationToken = default)
    {
        Deleted.Add(key);
        return Task.CompletedTask;
    }

    public override Task UpsertAsync(GalleryRecord record, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override Task UpsertAsync(IEnumerable<GalleryRecord> records, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public override IAsyncEnumerable<VectorSearchResult<GalleryRecord>> SearchAsync<TInput>(
        TInput searchValue, int top, VectorSearchOptions<GalleryRecord>? options = null, CancellationToken cancellationToken = default) =>
        Each(Results(top), cancellationToken);

    public override object? GetService(Type serviceType, object? serviceKey = null) => null;

    // A connector's code need not know of nullable references.
    private static async IAsyncEnumerable<T> Each<T>(IEnumerable<T?> values, [EnumeratorCancellation] CancellationToken cancellation = default)
        where T : class
    {
        await Task.Yield();
        foreach (T? value in values)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return value!;
        }
    }
}
