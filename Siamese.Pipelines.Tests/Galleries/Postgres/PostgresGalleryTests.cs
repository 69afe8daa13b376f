using Npgsql;
using Siamese.Galleries.Postgres;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Galleries.Postgres;

public sealed class PostgresGalleryTests
{
    private const string Schema = "siamese_tests";

    private static readonly EmbeddingSpace Plane = new("a network", 2);

    private PostgresServer _server = null!;

    [OneTimeSetUp]
    public async Task FindServer() => _server = await PostgresServer.SharedAsync(Schema);

    [Test]
    public async Task Galleries_of_a_database_are_apart_whatever_their_names([Values("faces", "'; DROP TABLE x; --", "\"q\"", "顔 😀")] string name)
    {
        await using PostgresGallery gallery = await OpenAsync(name);
        await using PostgresGallery sibling = await OpenAsync(name + " ", new EmbeddingSpace("another network", 3, DistanceMetric.Cosine));

        await gallery.AddAsync(Item("a"));

        Assert.That((await gallery.CountAsync(), await sibling.CountAsync()), Is.EqualTo((1L, 0L)));
        await using PostgresGallery again = await OpenAsync(name);
        Assert.That(await again.FindAsync("a"), Is.Not.Null);
    }

    [Test]
    public async Task A_connection_string_is_all_that_it_takes()
    {
        // A pool of its own beside that of the other tests: none of theirs is at work meanwhile.
        PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(
            _server.ConnectionString, "by string", Plane, new PostgresGalleryOptions { Schema = Schema });
        await gallery.AddAsync(Item("a"));
        Assert.That(await gallery.CountAsync(), Is.EqualTo(1));

        await gallery.DisposeAsync();

        Assert.That(async () => await gallery.CountAsync(), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await gallery.AddAsync(Item("b")), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await gallery.NearestAsync(new float[] { 1, 2 }, 1), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Many_open_one_gallery_at_once()
    {
        PostgresGallery[] galleries = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => OpenAsync("at once"))));

        await galleries[0].AddAsync(Item("a"));
        foreach (PostgresGallery gallery in galleries)
        {
            Assert.That(await gallery.CountAsync(), Is.EqualTo(1));
            await gallery.DisposeAsync();
        }
    }

    [Test]
    public async Task Of_two_that_add_the_same_ids_at_once_one_wins_whole()
    {
        await using PostgresGallery gallery = await OpenAsync("race");
        for (int round = 0; round < 5; round++)
        {
            int number = round;
            string[] ids = [.. Enumerable.Range(0, 50).Select(i => $"{number}-{i}")];
            Task[] adding =
            [
                .. Enumerable.Range(0, 2).Select(writer => Task.Run(() => gallery.AddAsync(
                    (writer == 0 ? ids : ids.Reverse()).Select(id => new GalleryItem(id, $"{writer}", new float[] { 1, 2 }))))),
            ];
            await Task.WhenAll(adding).ContinueWith(_ => { }, TaskScheduler.Default);

            Task loser = adding.Single(task => task.IsFaulted);
            Assert.That(loser.Exception!.InnerException, Is.InstanceOf<ArgumentException>().With.Message.Contains($"'{number}-"));
            Assert.That(await gallery.CountAsync(), Is.EqualTo(50 * (round + 1)));
            string winner = $"{Array.FindIndex(adding, task => !task.IsFaulted)}";
            Assert.That((await gallery.FindAsync($"{number}-7"))!.Label, Is.EqualTo(winner));
        }
    }

    [Test]
    public async Task Many_writers_of_overlapping_items_all_come_through()
    {
        await using PostgresGallery gallery = await OpenAsync("writers");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var random = new Random(writer);
            for (int i = 0; i < 10; i++)
            {
                string[] ids = [.. Enumerable.Range(0, 40).Select(_ => $"{random.Next(60)}").Distinct()];
                await gallery.UpsertAsync(ids.Select(Item));
                await gallery.RemoveAsync(ids.Reverse().Take(5));
            }
        })));

        long count = await gallery.CountAsync();
        Assert.That(count, Is.InRange(1, 60));
        Assert.That(await gallery.NearestAsync(new float[] { 1, 2 }, 100), Has.Count.EqualTo(count));
    }

    // More than one statement takes, by COPY and without.
    [Test]
    public async Task A_bulk_load_is_kept_whole_or_not_at_all([Values] bool replaces)
    {
        await using PostgresGallery gallery = await OpenAsync($"bulk {replaces}");
        GalleryItem[] items =
        [
            .. Enumerable.Range(0, 2500).Select(i => new GalleryItem($"{i:0000}", $"{i % 3}", new float[] { i, 1 })
            {
                Metadata = i % 2 == 0 ? new Dictionary<string, string> { ["i"] = $"{i}" } : new Dictionary<string, string>(),
            }),
        ];
        await gallery.AddAsync(Item("2499"));

        if (replaces)
        {
            await gallery.UpsertAsync(items);
        }
        else
        {
            Assert.That(async () => await gallery.AddAsync(items), Throws.ArgumentException.With.Message.Contains("'2499'"));
            Assert.That(await gallery.CountAsync(), Is.EqualTo(1));
            await gallery.RemoveAsync(["2499"]);
            await gallery.AddAsync(items);
        }

        Assert.That(await gallery.CountAsync(), Is.EqualTo(2500));
        GalleryItem found = (await gallery.FindAsync("2498"))!;
        Assert.That((found.Label, found.Metadata["i"]), Is.EqualTo(("2", "2498")));
        Assert.That((await gallery.FindAsync("2499"))!.Metadata, Is.Empty);
        Assert.That((await gallery.NearestAsync(new float[] { 1234, 1 }, 1))[0], Is.EqualTo(new Match("1234", "1", 0)));
    }

    [Test]
    public async Task More_queries_than_one_round_trip_takes_are_answered_each()
    {
        await using PostgresGallery gallery = await OpenAsync("queries");
        await gallery.AddAsync(Enumerable.Range(0, 600).Select(i => new GalleryItem($"{i}", "", new float[] { i, 0 })));

        IReadOnlyList<IReadOnlyList<Match>> found =
            await gallery.NearestAsync([.. Enumerable.Range(0, 600).Select(i => (ReadOnlyMemory<float>)new float[] { i + 0.1f, 0 })], 2);

        Assert.That(found.Select(matches => matches[0].Id), Is.EqualTo(Enumerable.Range(0, 600).Select(i => $"{i}")));
        Assert.That(found[0].Select(match => match.Id), Is.EqualTo(new[] { "0", "1" }));
    }

    [Test]
    public async Task What_PostgreSQL_cannot_hold_is_refused_and_nothing_is_kept()
    {
        await using PostgresGallery gallery = await OpenAsync("texts");
        var unkept = new Dictionary<string, string> { ["k"] = "\0" };
        foreach ((GalleryItem bad, string what) in new[]
        {
            (Item("a\0b"), "The id 'a"),
            (Item("half \ud83d"), "The id 'half"),
            (Item(new string('x', 3000)), "3000 bytes"),
            (new GalleryItem("b", "l\0", new float[] { 1, 2 }), "The label of 'b'"),
            (new GalleryItem("b", "", new float[] { 1, 2 }) { Metadata = unkept }, "The metadata 'k' of 'b'"),
        })
        {
            Assert.That(
                async () => await gallery.AddAsync([Item("good"), bad]),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("items").And.Message.Contains(what));
        }

        Assert.That(await gallery.CountAsync(), Is.Zero);
        Assert.That(await gallery.FindAsync("a\0b"), Is.Null);
        Assert.That(await gallery.RemoveAsync(["a\0b"]), Is.Zero);
        Assert.That(await gallery.NearestAsync(new float[] { 1, 2 }, 1, GalleryFilter.OfLabel("\0")), Is.Empty);
        await gallery.AddAsync(Item(new string('x', 2048)));
        Assert.That(await gallery.FindAsync(new string('x', 2048)), Is.Not.Null);
    }

    [Test]
    public async Task Tables_of_a_newer_version_are_refused()
    {
        var options = new PostgresGalleryOptions { Schema = "siamese_newer" };
        await (await PostgresGallery.OpenOrCreateAsync(_server.Source, "a", Plane, options)).DisposeAsync();
        await _server.ExecuteAsync("INSERT INTO siamese_newer.version (version) VALUES (7)");

        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(_server.Source, "a", Plane, options),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("version 7").And.Message.Contains("version 1")
                .And.Message.Contains("'siamese_newer'"));
        await _server.ExecuteAsync("DROP SCHEMA siamese_newer CASCADE");
    }

    [Test]
    public async Task A_table_that_is_gone_is_told()
    {
        await using PostgresGallery gallery = await PostgresGallery.OpenOrCreateAsync(_server.Source, "a", Plane, new() { Schema = "siamese_gone" });
        await _server.ExecuteAsync("DROP SCHEMA siamese_gone CASCADE");

        Assert.That(
            async () => await gallery.AddAsync(Item("a")),
            Throws.InstanceOf<InvalidDataException>().With.Message.Contains("The gallery 'a'").And.Message.Contains("damaged"));
    }

    [Test]
    public async Task A_data_source_that_knows_no_vectors_is_refused()
    {
        await using NpgsqlDataSource plain = NpgsqlDataSource.Create(_server.ConnectionString);

        Assert.That(
            async () => await PostgresGallery.OpenOrCreateAsync(plain, "plain", Plane, new() { Schema = Schema }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("dataSource").And.Message.Contains("UseVector()"));
    }

    private Task<PostgresGallery> OpenAsync(string name, EmbeddingSpace? space = null) =>
        PostgresGallery.OpenOrCreateAsync(_server.Source, name, space ?? Plane, new PostgresGalleryOptions { Schema = Schema });

    private static GalleryItem Item(string id) => new(id, "", new float[] { 1, 2 });
}
