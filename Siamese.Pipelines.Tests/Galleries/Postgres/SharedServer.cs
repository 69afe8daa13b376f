namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>Ends the server that the fixtures of this folder share.</summary>
[SetUpFixture]
public sealed class SharedServer
{
    [OneTimeTearDown]
    public static async Task StopServer() => await PostgresServer.StopSharedAsync();
}
