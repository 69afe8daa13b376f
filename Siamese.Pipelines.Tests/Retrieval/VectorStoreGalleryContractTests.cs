using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Retrieval;

/// <summary>The contract over somebody else's collection, by each distance function that suits, and over a collection of a gallery of ours.</summary>
[TestFixture("gallery", "gallery")]
[TestFixture(DistanceFunction.EuclideanDistance, DistanceFunction.CosineDistance)]
[TestFixture(DistanceFunction.EuclideanSquaredDistance, DistanceFunction.CosineSimilarity)]
[TestFixture(DistanceFunction.EuclideanDistance, DistanceFunction.DotProductSimilarity)]
[TestFixture(DistanceFunction.EuclideanDistance, DistanceFunction.NegativeDotProductSimilarity)]
[TestFixture(DistanceFunction.EuclideanDistance, DistanceFunction.EuclideanSquaredDistance)]
public sealed class VectorStoreGalleryContractTests(string euclidean, string cosine) : KeptGalleryContract
{
    private readonly Dictionary<string, VectorStoreCollection<string, GalleryRecord>> _collections = [];

    protected override async Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space)
    {
        string function = space.Distance == DistanceMetric.Cosine ? cosine : euclidean;
        if (!_collections.TryGetValue(name, out VectorStoreCollection<string, GalleryRecord>? collection))
        {
            collection = function == "gallery" ? new GalleryCollection(Gallery.InMemory(space), name) : new ListCollection(function);
            _collections.Add(name, collection);
        }

        return await VectorStoreGallery.OpenOrCreateAsync(collection, space, function == "gallery" ? null : function);
    }
}
