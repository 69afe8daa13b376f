using System.Collections.Concurrent;
using System.Globalization;
using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>Kills the server while writers write, starts it again, and looks for what was acknowledged.</summary>
public sealed class GarnetGalleryKillTests
{
    private const int Dimension = 16;
    private const int Writers = 4;
    private const int ItemsOfACall = 5;

    private static readonly EmbeddingSpace _space = new("a network", Dimension);
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

        // The least and the greatest round whose item may be there: the last acknowledged, and the last that was tried.
        var acknowledged = new ConcurrentDictionary<string, int>();
        var tried = new ConcurrentDictionary<string, int>();
        int next = 0;
        int calls = 0;
        for (int round = 1; round <= kills; round++)
        {
            Task[] writers = [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer, round)))];
            int enough = Volatile.Read(ref calls) + random.Next(Writers, 40);
            while (Volatile.Read(ref calls) < enough && !writers.All(writer => writer.IsCompleted))
            {
                await Task.Delay(1);
            }

            server.Kill();
            await Task.WhenAll(writers);
            server.Recover();
            await CheckAsync(round);
        }

        TestContext.Out.WriteLine($"{kills} kills, {acknowledged.Count} items acknowledged, {tried.Count} tried.");
        Assert.That(acknowledged, Has.Count.GreaterThan(kills * ItemsOfACall), "too few writes for a kill to come between");

        async Task WriteAsync(int writer, int round)
        {
            try
            {
                await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(server.Address, "killed", _space, _once);
                for (int call = 0; ; call++)
                {
                    // Every other call of half of the writers replaces items that were there before, of which no other writer knows.
                    string[] old = [.. acknowledged.Keys.Where(id => id.Length % Writers == writer).Take(1000).Where((_, i) => i % 7 == call % 7).Take(ItemsOfACall)];
                    bool replaces = writer < 2 && call % 2 == 1 && old.Length == ItemsOfACall;
                    string[] ids = replaces ? old : [.. Enumerable.Range(0, ItemsOfACall).Select(_ => IdOf(Interlocked.Increment(ref next), writer))];
                    GalleryItem[] items = [.. ids.Select(id => Item(id, round))];
                    foreach (string id in ids)
                    {
                        tried[id] = round;
                    }

                    await (replaces ? gallery.UpsertAsync(items) : gallery.AddAsync(items));
                    foreach (string id in ids)
                    {
                        acknowledged[id] = round;
                    }

                    Interlocked.Increment(ref calls);
                }
            }
            catch (IOException)
            {
                // The server was killed.
            }
        }

        async Task CheckAsync(int round)
        {
            await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(server.Address, "killed", _space, _once);
            var listed = new Dictionary<string, GalleryItem>();
            await foreach (GalleryItem item in gallery.ItemsAsync())
            {
                listed.Add(item.Id, item);
            }

            Assert.That(await gallery.CountAsync(), Is.EqualTo(listed.Count), $"after kill {round}");
            string[] lost = [.. acknowledged.Keys.Where(id => !listed.ContainsKey(id))];
            Assert.That(lost, Is.Empty, $"lost by kill {round}");
            foreach ((string id, GalleryItem item) in listed)
            {
                int of = int.Parse(item.Label, CultureInfo.InvariantCulture);
                Assert.That(of, Is.InRange(acknowledged.GetValueOrDefault(id), tried[id]), $"'{id}' after kill {round}");
                Assert.That(item.Embedding.ToArray(), Is.EqualTo(Item(id, of).Embedding.ToArray()), $"'{id}' after kill {round}");
                Assert.That(item.Metadata["round"], Is.EqualTo(item.Label));

                // What a kill cut off counts as it is now.
                acknowledged[id] = of;
                tried[id] = of;
            }

            string[] sample = [.. listed.Keys.Order(StringComparer.Ordinal).TakeLast(500)];
            IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync([.. sample.Select(id => listed[id].Embedding)], 1);
            int self = sample.Where((id, i) => found[i] is [var match] && match.Id == id && match.Distance == 0).Count();
            Assert.That(self, Is.GreaterThanOrEqualTo(0.99 * sample.Length), $"vectors that searches find after kill {round}");
        }
    }

    // The length of an id says which writer it belongs to.
    private static string IdOf(int number, int writer)
    {
        string text = number.ToString("000000", CultureInfo.InvariantCulture);
        return text + new string('x', ((writer - text.Length) % Writers + Writers) % Writers);
    }

    private static GalleryItem Item(string id, int round)
    {
        var random = new Random((int.Parse(id.AsSpan(0, 6), CultureInfo.InvariantCulture) * 1000) + round);
        return new GalleryItem(id, $"{round}", Enumerable.Range(0, Dimension).Select(_ => (float)random.NextDouble()).ToArray())
        {
            Metadata = new Dictionary<string, string> { ["round"] = $"{round}" },
        };
    }
}
