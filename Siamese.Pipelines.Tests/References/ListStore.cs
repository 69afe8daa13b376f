using Microsoft.Extensions.VectorData;

namespace Siamese.Pipelines.Tests.References;

/// <summary>A store of VectorData that has one collection: what somebody else's store looks like to a program.</summary>
internal sealed class ListStore(ListCollection collection) : VectorStore
{
    public override VectorStoreCollection<TKey, TRecord> GetCollection<TKey, TRecord>(
        string name, VectorStoreCollectionDefinition? definition = null) =>
        (VectorStoreCollection<TKey, TRecord>)(object)collection;

    public override VectorStoreCollection<object, Dictionary<string, object?>> GetDynamicCollection(
        string name, VectorStoreCollectionDefinition definition) =>
        throw new NotSupportedException();

    public override IAsyncEnumerable<string> ListCollectionNamesAsync(CancellationToken cancellationToken = default) =>
        new[] { collection.Name }.ToAsyncEnumerable();

    public override Task<bool> CollectionExistsAsync(string name, CancellationToken cancellationToken = default) =>
        Task.FromResult(name == collection.Name);

    public override Task EnsureCollectionDeletedAsync(string name, CancellationToken cancellationToken = default) =>
        collection.EnsureCollectionDeletedAsync(cancellationToken);

    public override object? GetService(Type serviceType, object? serviceKey = null) => null;
}
