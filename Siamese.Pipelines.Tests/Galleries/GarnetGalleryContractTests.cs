using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>The contract over one node.</summary>
public sealed class GarnetGalleryContractTests : KeptGalleryContract
{
    private GarnetServer? _server;

    [OneTimeSetUp]
    public void StartServer() => _server = GarnetServer.Start();

    [OneTimeTearDown]
    public void StopServer() => _server?.Dispose();

    protected override double Recall => 0.99;

    protected override async Task<IGallery> OpenOrCreateAsync(string name, EmbeddingSpace space) =>
        await GarnetGallery.OpenOrCreateAsync(_server!.Address, name, space);
}
