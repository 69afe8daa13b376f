using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class MemoryGalleryContractTests : GalleryContract
{
    protected override Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space) => Task.FromResult<IGallery>(Gallery.InMemory(space));
}
