using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class FileGalleryContractTests : KeptGalleryContract
{
    private readonly TemporaryFolder _folder = new();

    [OneTimeTearDown]
    public void DeleteFolder() => _folder.Dispose();

    protected override Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space) =>
        Task.FromResult<IGallery>(Gallery.OpenOrCreate(_folder.File($"{name}.db"), space));
}
