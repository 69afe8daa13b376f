using System.Collections.Concurrent;
using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>Writes items to a gallery that is being hindered, keeps in mind what was acknowledged, and looks whether it is there.</summary>
public sealed class WrittenItems
{
    private const int ItemsOfACall = 5;

    // The least and the greatest revision that may be there: the last acknowledged, and the last that was tried.
    private readonly ConcurrentDictionary<string, int> _acknowledged = [];
    private readonly ConcurrentDictionary<string, int> _tried = [];
    private int _calls;
    private int _revision;

    public static EmbeddingSpace Space { get; } = new("a network", 16);

    public int Acknowledged => _acknowledged.Count;

    public int Tried => _tried.Count;

    /// <summary>Gets the number of calls that were acknowledged.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Adds items, and replaces some of its own, until told to stop or until the store fails.</summary>
    /// <returns>Whether the store failed.</returns>
    public async Task<bool> WriteAsync(Func<Task<IGallery>> open, int writer, CancellationToken stop)
    {
        List<string> own = [.. _acknowledged.Keys.Where(id => id.StartsWith($"{writer}-", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        try
        {
            await using IGallery gallery = await open();
            for (int call = 0; !stop.IsCancellationRequested; call++)
            {
                int revision = Interlocked.Increment(ref _revision);
                bool replaces = call % 3 == 2 && own.Count >= ItemsOfACall;
                string[] ids = replaces
                    ? [.. own.Skip(call * ItemsOfACall % (own.Count - ItemsOfACall + 1)).Take(ItemsOfACall)]
                    : [.. Enumerable.Range(0, ItemsOfACall).Select(i => $"{writer}-{revision:000000}-{i}")];
                foreach (string id in ids)
                {
                    _tried[id] = revision;
                }

                GalleryItem[] items = [.. ids.Select(id => Item(id, revision))];
                await (replaces ? gallery.UpsertAsync(items, CancellationToken.None) : gallery.AddAsync(items, CancellationToken.None));
                foreach (string id in ids)
                {
                    _acknowledged[id] = revision;
                }

                if (!replaces)
                {
                    own.AddRange(ids);
                }

                Interlocked.Increment(ref _calls);
            }

            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Checks that what was acknowledged is there, that all that is there is whole, and that searches find it.</summary>
    public async Task CheckAsync(IGallery gallery, string when)
    {
        var listed = new Dictionary<string, GalleryItem>();
        await foreach (GalleryItem item in gallery.ItemsAsync())
        {
            listed.Add(item.Id, item);
        }

        Assert.That(_acknowledged.Keys.Where(id => !listed.ContainsKey(id)).Order(StringComparer.Ordinal), Is.Empty, $"lost {when}");
        Assert.That(await gallery.CountAsync(), Is.EqualTo(listed.Count), when);
        foreach ((string id, GalleryItem item) in listed)
        {
            int revision = int.Parse(item.Label, CultureInfo.InvariantCulture);
            Assert.That(revision, Is.InRange(_acknowledged.GetValueOrDefault(id), _tried[id]), $"'{id}' {when}");
            Assert.That(item.Embedding.ToArray(), Is.EqualTo(Item(id, revision).Embedding.ToArray()), $"'{id}' {when}");
            Assert.That(item.Metadata["revision"], Is.EqualTo(item.Label), $"'{id}' {when}");

            // What was cut off counts from now on as it is.
            _acknowledged[id] = revision;
            _tried[id] = revision;
        }

        string[] sample = [.. listed.Keys.Order(StringComparer.Ordinal).Where((_, i) => i % ((listed.Count / 500) + 1) == 0)];
        IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync([.. sample.Select(id => listed[id].Embedding)], 1);
        string[] unfound = [.. sample.Where((id, i) => found[i] is not [{ Distance: 0 } match] || match.Id != id)];
        Assert.That(unfound, Has.Length.LessThanOrEqualTo(0.01 * sample.Length), $"items of {sample.Length} that searches do not find {when}");
    }

    private static GalleryItem Item(string id, int revision)
    {
        // Another seed for each, or two items would be alike.
        var random = new Random((int.Parse(id.AsSpan(2, 6), CultureInfo.InvariantCulture) * 100_000) + (revision * ItemsOfACall) + (id[^1] - '0'));
        return new GalleryItem(id, $"{revision}", Enumerable.Range(0, Space.Dimension).Select(_ => (float)random.NextDouble()).ToArray())
        {
            Metadata = new Dictionary<string, string> { ["revision"] = $"{revision}" },
        };
    }
}
