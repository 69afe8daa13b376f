using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

public sealed class PostgresGalleryContractTests : KeptGalleryContract
{
    // To be quoted with care.
    private static readonly PostgresGalleryOptions Options = new() { Schema = "the \"contract\"" };

    private PostgresServer _server = null!;

    [OneTimeSetUp]
    public async Task FindServer() => _server = await PostgresServer.SharedAsync(Options.Schema);

    protected override async Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space) =>
        await PostgresGallery.OpenOrCreateAsync(_server.Source, name, space, Options);
}
