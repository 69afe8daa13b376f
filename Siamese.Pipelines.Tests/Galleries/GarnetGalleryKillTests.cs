using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>Kills the server while writers write, starts it again, and looks for what was acknowledged.</summary>
public sealed class GarnetGalleryKillTests
{
    private const int Writers = 4;

    private static readonly GarnetGalleryOptions _once = new() { Timeout = TimeSpan.FromSeconds(10), RetryFor = TimeSpan.Zero };

    [Test]
    public Task What_was_acknowledged_is_there_after_a_kill() => KillAsync(kills: 3);

    [Test]
    [Explicit("Takes minutes.")]
    [Category("Slow")]
    public Task What_was_acknowledged_is_there_after_a_hundred_kills() => KillAsync(kills: 100);

    private static async Task KillAsync(int kills)
    {
        using GarnetServer server = GarnetServer.Start();
        var random = new Random(11);
        var written = new WrittenItems();
        for (int kill = 1; kill <= kills; kill++)
        {
            int enough = written.Calls + random.Next(Writers, 60);
            Task<bool>[] writers =
            [
                .. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => written.WriteAsync(OpenAsync, writer, CancellationToken.None))),
            ];
            while (written.Calls < enough && !writers.All(writer => writer.IsCompleted))
            {
                await Task.Delay(1);
            }

            server.Kill();
            await Task.WhenAll(writers);
            server.Recover();
            await using IGallery gallery = await OpenAsync();
            await written.CheckAsync(gallery, $"by kill {kill}");
        }

        TestContext.Out.WriteLine($"{kills} kills: {written.Acknowledged} items acknowledged and there, {written.Tried} tried.");
        Assert.That(written.Calls, Is.GreaterThan(kills * Writers));

        async Task<IGallery> OpenAsync() => await GarnetGallery.OpenOrCreateAsync(server.Address, "killed", WrittenItems.Space, _once);
    }
}
