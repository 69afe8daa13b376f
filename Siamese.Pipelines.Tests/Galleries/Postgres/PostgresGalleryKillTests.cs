using System.Diagnostics;
using System.Globalization;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

/// <summary>What is left of a gallery where an end of the connection is killed, as kill -9 does.</summary>
public sealed class PostgresGalleryKillTests
{
    private static readonly EmbeddingSpace Plane = new("a network", 2);

    [TestCase(3)]
    [TestCase(100, Explicit = true, Reason = "Takes minutes.")]
    public async Task A_process_that_is_killed_while_it_adds_loses_nothing_that_was_acknowledged(int kills)
    {
        PostgresServer server = await PostgresServer.SharedAsync("siamese");
        await using PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(server.Source, "killed", Plane);
        var random = new Random(1);
        long acknowledged = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            using Process writer = Process.Start(
                new ProcessStartInfo("dotnet", ["exec", typeof(PostgresGalleryKillTests).Assembly.Location, server.Address("killed")])
                {
                    RedirectStandardOutput = true,
                })!;
            int lines = random.Next(1, 100);
            for (int i = 0; i < lines; i++)
            {
                Assert.That(await writer.StandardOutput.ReadLineAsync(), Is.EqualTo($"{acknowledged}"));
                acknowledged++;
            }

            writer.Kill();

            // The last line may be broken off, or lack what was kept but not yet said.
            acknowledged += (await writer.StandardOutput.ReadToEndAsync()).Count(character => character == '\n');
            await writer.WaitForExitAsync();
            acknowledged = await AssertLeftAsync(gallery, acknowledged, perCall: 1);
        }
    }

    [TestCase(3)]
    [TestCase(100, Explicit = true, Reason = "Takes minutes.")]
    public async Task A_server_that_is_killed_while_it_is_added_to_loses_nothing_that_was_acknowledged(int kills)
    {
        await using PostgresServer server = PostgresServer.StartPGlite();
        await using PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(server.Source, "killed", Plane);
        var random = new Random(2);
        long acknowledged = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            Task adding = Task.Run(async () =>
            {
                for (long next = acknowledged; ; next += 2)
                {
                    await gallery.AddAsync([Item(next), Item(next + 1)]);
                    Interlocked.Add(ref acknowledged, 2);
                }
            });
            long goal = acknowledged + (2 * random.Next(1, 60));
            while (Interlocked.Read(ref acknowledged) < goal && !adding.IsCompleted)
            {
                await Task.Delay(1);
            }

            await server.KillAsync();

            Assert.That(
                async () => await adding, Throws.InstanceOf<IOException>().With.Message.Contains("'killed'").And.Message.Contains("127.0.0.1:"));
            server.Start();
            acknowledged = await AssertLeftAsync(gallery, acknowledged, perCall: 2);
        }
    }

    private static async Task<long> AssertLeftAsync(PostgresGallery gallery, long acknowledged, int perCall)
    {
        List<string> ids = [];
        await foreach (GalleryItem item in gallery.ItemsAsync())
        {
            ids.Add(item.Id);
        }

        Assert.That(ids, Has.Count.EqualTo(acknowledged).Or.Count.EqualTo(acknowledged + perCall));
        Assert.That(ids, Is.EquivalentTo(Enumerable.Range(0, ids.Count).Select(i => $"{i}")));
        Assert.That(await gallery.CountAsync(), Is.EqualTo(ids.Count));
        Assert.That(
            await gallery.NearestAsync(new float[] { acknowledged - 1, 0 }, 1), Is.EqualTo(new[] { new Match($"{acknowledged - 1}", "", 0) }));
        return ids.Count;
    }

    private static GalleryItem Item(long number) => new(number.ToString(CultureInfo.InvariantCulture), "", new float[] { number, 0 });
}
