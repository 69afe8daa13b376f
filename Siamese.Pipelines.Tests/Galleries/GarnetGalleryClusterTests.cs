using System.Diagnostics;
using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using StackExchange.Redis;

namespace Siamese.Pipelines.Tests.Galleries;

public sealed class GarnetGalleryClusterTests
{
    private const int Writers = 3;

    private static readonly GarnetGalleryOptions _patient = new() { Timeout = TimeSpan.FromSeconds(5), RetryFor = TimeSpan.FromSeconds(60) };

    [Test]
    public async Task A_node_that_dies_and_recovers_has_what_was_acknowledged_and_writers_wait_for_it()
    {
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 3);
        var written = new WrittenItems();
        using var stop = new CancellationTokenSource();
        Task<bool>[] writers = StartWriters(cluster, written, _patient, stop.Token);

        foreach (GarnetServer node in cluster.Nodes)
        {
            await CallsAsync(written, writers, 20);
            node.Kill();
            await Task.Delay(200);
            node.Recover();
        }

        await CallsAsync(written, writers, 20);
        await stop.CancelAsync();
        Assert.That(await Task.WhenAll(writers), Is.All.False, "a writer gave up");
        await using IGallery gallery = await OpenAsync(cluster, _patient);
        await written.CheckAsync(gallery, "by three kills");
        foreach (GarnetServer node in cluster.Nodes)
        {
            Assert.That(node.Send("DBSIZE"), Is.Not.EqualTo(":0"), "a node without a share of the gallery");
        }
    }

    [Test]
    public async Task A_replica_that_takes_over_has_what_was_acknowledged()
    {
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 1);
        GarnetServer primary = cluster.Nodes[0];
        GarnetServer replica = cluster.AddReplicaOf(primary);
        var written = new WrittenItems();
        using var stop = new CancellationTokenSource();
        Task<bool>[] writers = StartWriters(cluster, written, _patient with { Replicas = 1, RetryFor = TimeSpan.FromSeconds(5) }, stop.Token);
        await CallsAsync(written, writers, 50);

        primary.Kill();
        cluster.TakeOver(replica);

        await Task.WhenAll(writers);
        await using IGallery gallery = await OpenAsync(cluster, _patient);
        await written.CheckAsync(gallery, "by a take-over");
        await gallery.AddAsync(new GalleryItem("after", "", new float[WrittenItems.Space.Dimension]));
        Assert.That((await gallery.FindAsync("after"))!.Label, Is.Empty);
    }

    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(true, true)]
    public async Task Vectors_that_a_replica_lacks_when_it_takes_over_are_added_again(bool isOpen, bool isOverConnectionOfTheCaller)
    {
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 1);
        GarnetServer primary = cluster.Nodes[0];
        GarnetServer replica = cluster.AddReplicaOf(primary);
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync(cluster.Addresses);
        GarnetGalleryOptions options = _patient with { Replicas = 1 };
        IGallery gallery = isOverConnectionOfTheCaller
            ? await GarnetGallery.OpenOrCreateAsync(connection, "spread", WrittenItems.Space, options)
            : await OpenAsync(cluster, options);
        GalleryItem[] items = [.. Enumerable.Range(0, 40).Select(
            i => new GalleryItem($"{i}", "", Enumerable.Range(0, WrittenItems.Space.Dimension).Select(j => (float)(i == j ? 1 : i)).ToArray()))];
        await gallery.AddAsync(items);
        Assert.That(await LostAsync(), Is.Empty);

        // As if the replica dropped them, without the luck that this takes.
        IDatabase database = connection.GetDatabase();
        foreach (RedisKey key in connection.GetServer(primary.Address).Keys(pattern: "spread:{*}"))
        {
            foreach (RedisValue member in await database.VectorSetRandomMembersAsync(key, 3))
            {
                await database.VectorSetRemoveAsync(key, member);
            }
        }

        await gallery.UpsertAsync(items[..1]);
        Assert.That(await LostAsync(), Has.Length.GreaterThan(5), "the vectors are not needed");
        if (!isOpen)
        {
            await gallery.DisposeAsync();
        }

        primary.Kill();
        cluster.TakeOver(replica);

        if (!isOpen)
        {
            gallery = await OpenAsync(cluster, _patient);
        }

        Assert.That(await LostAsync(), Is.Empty);
        await gallery.DisposeAsync();

        async Task<string[]> LostAsync()
        {
            IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync([.. items.Select(item => item.Embedding)], 1);
            return [.. items.Where((item, i) => found[i] is not [{ Distance: 0 } match] || match.Id != item.Id).Select(item => item.Id)];
        }
    }

    [Test]
    public async Task A_call_that_asks_for_more_replicas_than_there_are_fails()
    {
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 1);
        await using IGallery gallery = await OpenAsync(cluster, new GarnetGalleryOptions { Replicas = 1, RetryFor = TimeSpan.Zero });

        Assert.That(
            async () => await gallery.AddAsync(new GalleryItem("a", "", new float[WrittenItems.Space.Dimension])),
            Throws.InstanceOf<IOException>().With.Message.Contains("0 replicas").And.Message.Contains("1 are asked"));
    }

    [Test]
    public async Task Slots_that_move_while_items_are_written_and_searched_lose_nothing()
    {
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 3);
        var written = new WrittenItems();
        using var stop = new CancellationTokenSource();
        Task<bool>[] writers = StartWriters(cluster, written, _patient, stop.Token);
        await CallsAsync(written, writers, 30);
        Task<int> searches = Task.Run(() => SearchAsync(cluster, stop.Token));

        cluster.Migrate(cluster.Nodes[0], cluster.Nodes[1], 0, 5461);
        await CallsAsync(written, writers, 10);
        cluster.Migrate(cluster.Nodes[1], cluster.Nodes[2], 2000, 10000);
        await CallsAsync(written, writers, 10);
        cluster.Migrate(cluster.Nodes[2], cluster.Nodes[0], 2000, 10000);
        await CallsAsync(written, writers, 10);

        await stop.CancelAsync();
        Assert.That(await Task.WhenAll(writers), Is.All.False, "a writer gave up");
        Assert.That(await searches, Is.GreaterThan(0));
        await using IGallery gallery = await OpenAsync(cluster, _patient);
        await written.CheckAsync(gallery, "by three moves");
    }

    [Test]
    public Task Nearly_all_of_the_nearest_are_found_over_a_cluster() => MeasureAsync(count: 2_000, GarnetQuantization.None, oversampling: 1);

    [TestCase(GarnetQuantization.None, 1)]
    [TestCase(GarnetQuantization.EightBit, 4)]
    [TestCase(GarnetQuantization.Binary, 16)]
    [Explicit("Takes a minute.")]
    [Category("Slow")]
    public Task Nearly_all_of_the_nearest_of_30000_are_found_over_a_cluster(GarnetQuantization quantization, int oversampling) =>
        MeasureAsync(count: 30_000, quantization, oversampling);

    private static async Task MeasureAsync(int count, GarnetQuantization quantization, int oversampling)
    {
        const int Dimension = 128;
        const int Queries = 500;
        const int Nearest = 10;
        float[][] vectors = Clustered(new Random(1), count, Dimension);
        float[][] queries = Clustered(new Random(2), Queries, Dimension);
        using GarnetCluster cluster = GarnetCluster.Start(primaries: 3);
        await using GarnetGallery gallery = await GarnetGallery.OpenOrCreateAsync(
            cluster.Addresses,
            "measured",
            new EmbeddingSpace("a network", Dimension),
            new GarnetGalleryOptions { Quantization = quantization, Oversampling = oversampling, Timeout = TimeSpan.FromSeconds(30) });
        long empty = cluster.Nodes.Sum(node => node.ResidentBytes);

        long start = Stopwatch.GetTimestamp();
        foreach (GalleryItem[] chunk in vectors.Select((vector, i) => new GalleryItem($"{i}", $"{i % 1000}", vector)).Chunk(1000))
        {
            await gallery.AddAsync(chunk);
        }

        double adding = Stopwatch.GetElapsedTime(start).TotalSeconds;
        long full = cluster.Nodes.Sum(node => node.ResidentBytes);
        start = Stopwatch.GetTimestamp();
        IReadOnlyList<IReadOnlyList<Match>> found = await gallery.NearestAsync([.. queries.Select(query => (ReadOnlyMemory<float>)query)], Nearest);
        double searching = Stopwatch.GetElapsedTime(start).TotalSeconds;

        int right = 0;
        Parallel.For(0, Queries, i =>
        {
            float tenth = vectors.Select(vector => DistanceMetric.Euclidean.Between(queries[i], vector)).Order().ElementAt(Nearest - 1);
            Interlocked.Add(ref right, found[i].Count(match => match.Distance <= tenth));
        });
        double recall = right / (double)(Queries * Nearest);
        TestContext.Out.WriteLine(
            $"{count} vectors, {quantization}, oversampling {oversampling}: recall@10 {recall:F4}, {count / adding:F0} adds/s, "
            + $"{Queries / searching:F0} searches/s, {(full - empty) / count} B of memory a vector over {empty >> 20} MiB.");
        Assert.That(await gallery.CountAsync(), Is.EqualTo(count));
        Assert.That(recall, Is.GreaterThanOrEqualTo(0.99));
    }

    /// <summary>Makes unit vectors around 1,000 centres, which are the same for every seed.</summary>
    private static float[][] Clustered(Random random, int count, int dimension)
    {
        var ofCentres = new Random(77);
        float[][] centres = [.. Enumerable.Range(0, 1000).Select(_ => Unit(ofCentres, dimension))];
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                float[] centre = centres[random.Next(centres.Length)];
                float[] around = Unit(random, dimension);
                return Scaled([.. centre.Select((component, i) => component + (0.6f * around[i]))]);
            }),
        ];
    }

    private static float[] Unit(Random random, int dimension) =>
        Scaled([.. Enumerable.Range(0, dimension).Select(
            _ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble())))]);

    private static float[] Scaled(float[] vector)
    {
        float length = MathF.Sqrt(vector.Sum(component => component * component));
        return [.. vector.Select(component => component / length)];
    }

    private static Task<bool>[] StartWriters(GarnetCluster cluster, WrittenItems written, GarnetGalleryOptions options, CancellationToken stop) =>
        [.. Enumerable.Range(0, Writers).Select(writer => Task.Run(() => written.WriteAsync(() => OpenAsync(cluster, options), writer, stop)))];

    private static async Task<int> SearchAsync(GarnetCluster cluster, CancellationToken stop)
    {
        await using IGallery gallery = await OpenAsync(cluster, _patient);
        int searches = 0;
        for (; !stop.IsCancellationRequested; searches++)
        {
            Assert.That(
                await gallery.NearestAsync(new float[WrittenItems.Space.Dimension], 20, cancellationToken: CancellationToken.None),
                Has.Count.EqualTo(20),
                $"search {searches}");
        }

        return searches;
    }

    private static async Task<IGallery> OpenAsync(GarnetCluster cluster, GarnetGalleryOptions options) =>
        await GarnetGallery.OpenOrCreateAsync(cluster.Addresses, "spread", WrittenItems.Space, options, CancellationToken.None);

    private static async Task CallsAsync(WrittenItems written, Task<bool>[] writers, int more)
    {
        long start = Stopwatch.GetTimestamp();
        for (int enough = written.Calls + more; written.Calls < enough; await Task.Delay(5))
        {
            Assert.That(writers, Has.Some.Property(nameof(Task.IsCompleted)).False, "all writers gave up");
            Assert.That(Stopwatch.GetElapsedTime(start), Is.LessThan(TimeSpan.FromSeconds(90)), "the writers are stuck");
        }
    }
}
