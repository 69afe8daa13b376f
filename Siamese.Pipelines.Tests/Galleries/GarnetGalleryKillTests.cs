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

    [Test]
    public void What_a_log_holds_is_there_where_it_ends_within_the_record_of_a_commit()
    {
        using GarnetServer server = GarnetServer.Start();
        for (int i = 0; i < 1000; i++)
        {
            server.Send("SET", $"key {i}", new string('x', i % 97));
        }

        server.Kill();

        // The last record of a commit whose first 8 bytes, its length and version, end a sector: so a kill leaves one in 128.
        byte[] log = File.ReadAllBytes(server.Log);
        (int end, int held) = (0, 0);
        (int written, int committed) = (0, 0);
        for (int at = 64, length; (length = BitConverter.ToInt32(log, at)) != 0; at += sizeof(int) + ((Math.Abs(length) + 3) & ~3))
        {
            if (length > 0)
            {
                written++;
                continue;
            }

            if (at % 512 == 504)
            {
                (end, held) = (at + 8, committed);
            }

            committed = written;
        }

        Assert.That(held, Is.InRange(1, 1000), "no such record");
        File.WriteAllBytes(server.Log, log[..end]);
        server.Recover();
        Assert.That(server.Send("DBSIZE"), Is.EqualTo($":{held}"));
    }

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
