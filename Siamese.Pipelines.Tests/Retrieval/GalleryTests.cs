using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.References;

namespace Siamese.Pipelines.Tests.Retrieval;

public sealed class GalleryTests
{
    // Sums of a few dozen squares in float32.
    private const double Rounding = 1e-5;

    private static readonly EmbeddingSpace Plane = new("a network", 2);

    [Test]
    public void Nearest_gives_id_label_and_distance_nearest_first()
    {
        using Gallery gallery = Gallery.InMemory(Plane);
        gallery.Add("far", "Ben", [6, 8]);
        gallery.Add("near", "Ada", [3, 4]);
        gallery.Add("nearest", "Ben", [0, 1]);

        IReadOnlyList<Match> matches = gallery.Nearest([0, 0], 2);

        Assert.That(matches, Is.EqualTo(new Match[] { new("nearest", "Ben", 1), new("near", "Ada", 5) }));
    }

    [TestCase(new float[] { 2, 0 }, 0)]
    [TestCase(new float[] { 0, 3 }, 1)]
    [TestCase(new float[] { -1, 0 }, 2)]
    [TestCase(new float[] { 1, 1 }, 0.29289323f)]
    public void Nearest_gives_the_cosine_distance_where_the_space_has_it(float[] query, float distance)
    {
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", 2, DistanceMetric.Cosine));
        gallery.Add("east", "Ada", [5, 0]);

        Assert.That(gallery.Nearest(query, 1)[0].Distance, Is.EqualTo(distance).Within(1e-6f));
    }

    [Test]
    public void Nearest_agrees_with_sorting_all_through_changes_and_after_reopening(
        [Range(1, 6)] int seed, [Values] DistanceMetric metric, [Values(1, 7, 300)] int dimension)
    {
        using var folder = new TemporaryFolder();
        var random = new Random(seed);
        var space = new EmbeddingSpace("a network", dimension, metric);
        var expected = new ObviousGallery(metric);
        string path = folder.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, space))
        {
            for (int change = 0; change < 12; change++)
            {
                Change(gallery, expected, random, dimension);
            }

            AssertAlike(gallery, expected, random, dimension);
        }

        using Gallery reopened = Gallery.Open(path, space);
        AssertAlike(reopened, expected, random, dimension);
        Change(reopened, expected, random, dimension);
        AssertAlike(reopened, expected, random, dimension);
    }

    [Test]
    public void Nearest_agrees_with_sorting_all_over_many_blocks_and_threads([Values(1, 2, 3)] int threads)
    {
        const int dimension = 700;
        var random = new Random(5);
        var expected = new ObviousGallery(DistanceMetric.Euclidean);
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", dimension), new() { MaxDegreeOfParallelism = threads });
        expected.Items.AddRange(Enumerable.Range(0, 3500).Select(i => new GalleryItem($"{i}", $"{i % 7}", Vector(random, dimension))));
        gallery.Add(expected.Items);

        // More than half of the rows are replaced, so that the matrix is packed on the way.
        foreach (GalleryItem[] items in expected.Items.Take(2500).Select(item => new GalleryItem(item.Id, "new", Vector(random, dimension))).ToArray().Chunk(500))
        {
            gallery.Upsert(items);
            Array.ForEach(items, expected.Upsert);
        }

        AssertAlike(gallery, expected, random, dimension);
    }

    // Groups, where codes tell rows apart; rows alike, where they do not; and lengths of all that float32 can compare.
    [Test]
    public void Codes_change_nothing_in_what_is_found(
        [Values(10, 128, 300)] int dimension, [Values] DistanceMetric metric, [Values(1e-25f, 1e-12f, 1, 1e16f)] float length)
    {
        var random = new Random(dimension);
        var space = new EmbeddingSpace("a network", dimension, metric);
        float[][] centers = [.. Enumerable.Range(0, 50).Select(_ => Vector(random, dimension))];
        float[] Near(float[] center) => Array.ConvertAll(center, component => length * (component + (0.2f * ((2 * random.NextSingle()) - 1))));
        int rows = 5 * GalleryBlock.RowsOf(dimension) / 2;
        GalleryItem[] items = [.. Enumerable.Range(0, rows)
            .Select(i => new GalleryItem($"{i}", $"{i % 9}", Near(centers[i % 7 == 0 ? 0 : random.Next(centers.Length)])))];
        float[][] queries = [.. centers.Take(5).Select(Near), Array.ConvertAll(centers[0], component => length * component), items[7].Embedding.ToArray()];
        using Gallery coded = Gallery.InMemory(space, new() { MinRowsOfCodes = 0 });
        using Gallery plain = Gallery.InMemory(space, new() { MinRowsOfCodes = int.MaxValue });
        foreach (Gallery gallery in new[] { coded, plain })
        {
            gallery.Add(items);
            gallery.Remove(items.Skip(3).Take(500).Select(item => item.Id));
        }

        foreach (int count in new[] { 1, 10, 300 })
        {
            foreach (GalleryFilter? filter in new[] { null, GalleryFilter.OfLabel("4") })
            {
                IReadOnlyList<IReadOnlyList<Match>> found = coded.Nearest(queries, count, filter: filter);

                Assert.That(found, Is.EqualTo(plain.Nearest(queries, count, filter: filter)));
                Assert.That(coded.Nearest(queries[0], count, filter: filter), Is.EqualTo(found[0]));
            }
        }
    }

    [Test]
    public void Of_items_equally_near_those_added_earlier_come_first_on_any_number_of_threads([Values(1, 2)] int threads)
    {
        const int dimension = 512;
        float[] same = Vector(new Random(1), dimension);
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", dimension), new() { MaxDegreeOfParallelism = threads });
        gallery.Add(Enumerable.Range(0, 5000).Select(i => new GalleryItem($"{i}", "", same)));
        gallery.Upsert([new GalleryItem("1", "", same)]);

        Assert.That(gallery.Nearest(new float[dimension], 4).Select(match => match.Id), Is.EqualTo(new[] { "0", "2", "3", "4" }));
        Assert.That(gallery.Nearest(same, 5000)[^1], Is.EqualTo(new Match("1", "", 0)));
    }

    [Test]
    public void Many_queries_at_once_give_what_each_gives_alone()
    {
        var random = new Random(3);
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", 40));
        gallery.Add(Enumerable.Range(0, 300).Select(i => new GalleryItem($"{i}", "", Vector(random, 40))));
        float[][] queries = [.. Enumerable.Range(0, 500).Select(_ => Vector(random, 40))];
        IDataView view = new MLContext(seed: 1).Data.LoadFromEnumerable(
            queries.Select(query => new Row { Embedding = query }), SchemaDefinition.Create(typeof(Row)).WithLength(40));

        IReadOnlyList<IReadOnlyList<Match>> together = gallery.Nearest(queries, 3);

        Assert.That(together, Is.EqualTo(queries.Select(query => gallery.Nearest(query, 3))));
        Assert.That(gallery.Nearest(view, 3), Is.EqualTo(together));
    }

    [Test]
    public void A_view_fills_the_gallery_by_id()
    {
        var random = new Random(4);
        Row[] rows = [.. Enumerable.Range(0, 600).Select(i => new Row { Id = $"photograph {i}", Label = i % 3, Embedding = Vector(random, 4) })];
        IDataView view = new MLContext(seed: 1).Data.LoadFromEnumerable(rows, SchemaDefinition.Create(typeof(Row)).WithLength(4));
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", 4));

        Assert.That(gallery.Upsert(view), Is.EqualTo(600));
        Assert.That(gallery.Upsert(view, network: "a network"), Is.EqualTo(600));

        Assert.That(gallery.Count, Is.EqualTo(600));
        Assert.That(gallery.Nearest(rows[7].Embedding, 1)[0], Is.EqualTo(new Match("photograph 7", "1", 0)));
        Assert.That(
            () => gallery.Upsert(view, idColumnName: "Name"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("idColumnName").And.Message.Contains("'Embedding', 'Label', 'Id'"));
        Assert.That(
            () => gallery.Upsert(view, embeddingColumnName: "Id"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("embeddingColumnName").And.Message.Contains("String"));
        Assert.That(() => gallery.Upsert(view, idColumnName: "Label"), Throws.ArgumentException.With.Property("ParamName").EqualTo("idColumnName"));
    }

    [Test]
    public void Find_gives_an_item_with_its_embedding_and_metadata()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, Plane))
        {
            gallery.Add([new GalleryItem("é\"1", "Ada", new float[] { 1, 2 }) { Metadata = new Dictionary<string, string> { ["box"] = "1,2", ["ä"] = "" } }]);
        }

        using Gallery reopened = Gallery.Open(path);
        GalleryItem found = reopened.Find("é\"1")!;

        Assert.That(found.Label, Is.EqualTo("Ada"));
        Assert.That(found.Embedding.ToArray(), Is.EqualTo(new float[] { 1, 2 }));
        Assert.That(found.Metadata, Is.EquivalentTo(new Dictionary<string, string> { ["box"] = "1,2", ["ä"] = "" }));
        Assert.That(reopened.Find("1"), Is.Null);
        Assert.That(reopened.Items.Single().Id, Is.EqualTo(found.Id));
        Assert.That(reopened.Space, Is.EqualTo(Plane));
    }

    [Test]
    public void An_empty_gallery_finds_nothing_and_nobody()
    {
        using Gallery gallery = Gallery.InMemory(Plane);
        gallery.SetIdentificationThreshold(1);

        Assert.That(gallery.Nearest([1, 2], 3), Is.Empty);
        Assert.That(gallery.Nearest([[1, 2]], 3), Has.Exactly(1).Empty);
        Assert.That(gallery.Identify([1, 2]), Is.Null);
        Assert.That(gallery.Remove("nobody"), Is.False);
        Assert.That(() => gallery.CalibrateIdentification(), Throws.InvalidOperationException.With.Message.Contains("0 items of fewer than two labels"));
    }

    [Test]
    public void Identify_names_nobody_beyond_the_distance_that_the_file_keeps()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, Plane))
        {
            gallery.Add("a", "Ada", [0, 0]);
            Assert.That(() => gallery.Identify([0, 0]), Throws.InvalidOperationException.With.Message.Contains("CalibrateIdentification"));
            gallery.SetIdentificationThreshold(2);
        }

        using Gallery reopened = Gallery.Open(path);

        Assert.That(reopened.IdentificationThreshold, Is.EqualTo(2));
        Assert.That(reopened.Identify([0, 2]), Is.EqualTo(new Match("a", "Ada", 2)));
        Assert.That(reopened.Identify([0, 2.01f]), Is.Null);
    }

    // Each plays a stranger to those of other labels. On the line 0, 1 | 4, 9 | 30 the distances to the nearest of another label are
    // 4, 3, 3, 8 and 21.
    [TestCase(0.2, 2.9999998f)]
    [TestCase(0.4, 3)]
    [TestCase(0.6, 4)]
    [TestCase(0.8, 8)]
    [TestCase(0.01, 2.9999998f)]
    public void CalibrateIdentification_lets_no_more_strangers_pass_than_asked(double rate, float expected)
    {
        using Gallery gallery = Gallery.InMemory(new EmbeddingSpace("a network", 1));
        foreach ((float at, string label) in new[] { (0f, "a"), (1, "a"), (4, "b"), (9, "b"), (30, "c") })
        {
            gallery.Add($"{at}", label, [at]);
        }

        Assert.That(gallery.CalibrateIdentification(rate).Threshold, Is.EqualTo(expected));
        Assert.That(gallery.IdentificationThreshold, Is.EqualTo(expected));
    }

    [Test]
    public void Embeddings_of_another_network_are_refused_in_queries_and_when_opened()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        EmbeddingModel model = SmallNetwork.Create();
        EmbeddingModel other = SmallNetwork.Create(describe: metadata => metadata[EmbeddingMetadata.Seed] = "2");
        using (Gallery gallery = Gallery.Create(path, model))
        {
            gallery.Add("a", "Ada", [1, 2, 3]);
            Assert.That(gallery.Nearest([1, 2, 3], 1, model.Identity), Has.Count.EqualTo(1));
            Assert.That(
                () => gallery.Nearest([1, 2, 3], 1, other.Identity),
                Throws.ArgumentException.With.Property("ParamName").EqualTo("network").And.Message.Contains(other.Identity).And.Message.Contains(model.Identity));
        }

        Assert.That(
            () => Gallery.Open(path, other),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("space").And.Message.Contains(other.Identity).And.Message.Contains(path));
        Assert.That(
            () => Gallery.OpenOrCreate(path, new EmbeddingSpace(model.Identity, 4)),
            Throws.ArgumentException.With.Message.Contains("4 components").And.Message.Contains("3 components"));
        Assert.That(
            () => Gallery.Open(path, new EmbeddingSpace(model.Identity, 3, DistanceMetric.Cosine)), Throws.ArgumentException.With.Message.Contains("Cosine"));
        using Gallery reopened = Gallery.Open(path, model);
        Assert.That(reopened.Count, Is.EqualTo(1));
    }

    [Test]
    public void Embeddings_that_cannot_be_compared_are_refused_and_nothing_is_added()
    {
        using Gallery gallery = Gallery.InMemory(Plane);
        using Gallery directions = Gallery.InMemory(new EmbeddingSpace("a network", 2, DistanceMetric.Cosine));

        Assert.That(
            () => gallery.Nearest([1, 2, 3], 1),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("query").And.Message.Contains("3 components").And.Message.Contains("of 2"));
        Assert.That(
            () => gallery.Add([new GalleryItem("a", "", new float[] { 1, 2 }), new GalleryItem("b", "", new[] { 1, float.NaN })]),
            Throws.ArgumentException.With.Message.Contains("'b' holds NaN in component 1"));
        Assert.That(() => gallery.Nearest([float.PositiveInfinity, 0], 1), Throws.ArgumentException.With.Message.Contains("Infinity in component 0"));
        Assert.That(() => gallery.Nearest([[0, 0], [1]], 1), Throws.ArgumentException.With.Message.Contains("Query 1 has 1 components"));
        Assert.That(() => gallery.Add("big", "", [3e18f, 0]), Throws.ArgumentException.With.Message.Contains("3E+18 long"));
        Assert.That(() => directions.Add("zero", "", [0, 0]), Throws.ArgumentException.With.Message.Contains("'zero' is zero"));
        Assert.That(() => directions.Nearest([0, 0], 1), Throws.ArgumentException.With.Property("ParamName").EqualTo("query"));
        Assert.That(() => gallery.Nearest([0, 0], 0), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count"));
        Assert.That((gallery.Count, directions.Count), Is.EqualTo((0, 0)));

        gallery.Add("zero", "", [0, 0]);
        directions.Add("long", "", [3e38f, 3e38f]);
        Assert.That(directions.Nearest([1e-30f, 1e-30f], 1)[0].Distance, Is.Zero.Within(1e-6f));
    }

    [Test]
    public void An_id_that_stands_twice_is_refused_and_nothing_is_added()
    {
        using Gallery gallery = Gallery.InMemory(Plane);
        gallery.Add("a", "Ada", [1, 2]);

        Assert.That(() => gallery.Add([Item("b"), Item("a")]), Throws.ArgumentException.With.Message.Contains("item 'a' already"));
        Assert.That(() => gallery.Upsert([Item("b"), Item("b")]), Throws.ArgumentException.With.Message.Contains("'b' stands twice"));
        Assert.That(gallery.Count, Is.EqualTo(1));

        gallery.Upsert([Item("b"), Item("a")]);
        Assert.That(gallery.Remove(["a", "a", "c"]), Is.EqualTo(1));
        Assert.That(gallery.Items.Select(item => item.Id), Is.EqualTo(new[] { "b" }));

        static GalleryItem Item(string id) => new(id, "", new float[2]);
    }

    [Test]
    public void Searches_beside_a_writer_see_whole_changes_and_wait_for_nobody()
    {
        const int items = 64;
        using var folder = new TemporaryFolder();
        using Gallery gallery = Gallery.Create(folder.File("gallery.db"), Plane);
        gallery.Add(Generation(0));
        using var stop = new CancellationTokenSource();
        int searches = 0;
        Task[] readers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                // All items of one generation have its label and lie at its place: a mixture would be seen.
                IReadOnlyList<Match> matches = gallery.Nearest([0, 0], items + 1);
                Assert.That(matches, Has.Count.EqualTo(items));
                Assert.That(matches.Select(match => (match.Label, match.Distance)).Distinct().Count(), Is.EqualTo(1));
                Assert.That(gallery.Find("5"), Is.Not.Null);
                Interlocked.Increment(ref searches);
            }
        }))];

        for (int generation = 1; generation <= 100 || Volatile.Read(ref searches) < 1000; generation++)
        {
            gallery.Upsert(Generation(generation));
        }

        stop.Cancel();
        Assert.That(() => Task.WaitAll(readers), Throws.Nothing);

        static IEnumerable<GalleryItem> Generation(int generation) =>
            Enumerable.Range(0, items).Select(i => new GalleryItem($"{i}", $"{generation}", new float[] { generation, 0 }));
    }

    [Test]
    public void A_disposed_gallery_says_so()
    {
        Gallery gallery = Gallery.InMemory(Plane);
        gallery.Dispose();

        Assert.That(() => gallery.Nearest([0, 0], 1), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => gallery.Add("a", "", [0, 0]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => gallery.Find("a"), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    [Explicit("Takes 2 GB of memory, 1 GB of disk and a minute.")]
    [Category("Slow")]
    public void A_million_items_are_kept_and_searched()
    {
        const int items = 1_000_000;
        const int dimension = 128;
        using var folder = new TemporaryFolder();
        string path = folder.File("gallery.db");
        var random = new Random(1);
        var watch = Stopwatch.StartNew();
        using (Gallery gallery = Gallery.Create(path, new EmbeddingSpace("a network", dimension)))
        {
            for (int i = 0; i < items; i += 100_000)
            {
                gallery.Add(Enumerable.Range(i, 100_000).Select(number => new GalleryItem($"{number}", $"label {number % 1000}", Vector(random, dimension))));
            }

            TestContext.Out.WriteLine($"added in {watch.Elapsed.TotalSeconds:F2} s");
            watch.Restart();
            for (int i = 0; i < 200; i++)
            {
                gallery.Add($"more {i}", "", Vector(random, dimension));
            }

            TestContext.Out.WriteLine($"one by one {200 / watch.Elapsed.TotalSeconds:F0} a second");
        }

        TestContext.Out.WriteLine($"{new FileInfo(path).Length / 1e6:F0} MB");
        watch.Restart();
        using Gallery reopened = Gallery.Open(path);
        TestContext.Out.WriteLine($"opened in {watch.Elapsed.TotalSeconds:F2} s");
        float[][] queries = [.. Enumerable.Range(0, 64).Select(_ => Vector(random, dimension))];
        for (int round = 0; round < 3; round++)
        {
            watch.Restart();
            IReadOnlyList<IReadOnlyList<Match>> together = reopened.Nearest(queries, 10);
            double manyAtOnce = watch.Elapsed.TotalMilliseconds / queries.Length;
            watch.Restart();
            IReadOnlyList<Match>[] alone = [.. queries.Take(8).Select(query => reopened.Nearest(query, 10))];
            TestContext.Out.WriteLine($"a query takes {watch.Elapsed.TotalMilliseconds / 8:F1} ms, of 64 at once {manyAtOnce:F1} ms");
            Assert.That(together.Take(8), Is.EqualTo(alone));
        }
    }

    private static void Change(Gallery gallery, ObviousGallery expected, Random random, int dimension)
    {
        GalleryItem[] items = [.. Enumerable.Range(0, random.Next(1, 40))
            .Select(_ => random.Next(100))
            .Distinct()
            .Select(i => new GalleryItem($"item {i}", $"label {i % 5}", Vector(random, dimension)))];
        gallery.Upsert(items);
        Array.ForEach(items, expected.Upsert);
        string removed = $"item {random.Next(100)}";
        Assert.That(gallery.Remove(removed), Is.EqualTo(expected.Remove(removed)));
    }

    private static void AssertAlike(Gallery gallery, ObviousGallery expected, Random random, int dimension)
    {
        float[] query = Vector(random, dimension);
        int count = random.Next(1, 12);
        (string Id, string Label, double Distance)[] nearest = expected.Nearest(query, count);

        IReadOnlyList<Match> matches = gallery.Nearest(query, count);

        // In one dimension directions are two, and all items but for rounding at one of two distances.
        Assert.That(matches.Select(match => (double)match.Distance), Is.EqualTo(nearest.Select(match => match.Distance)).Within(Rounding * Math.Sqrt(dimension)));
        if (gallery.Space is not { Dimension: 1, Distance: DistanceMetric.Cosine })
        {
            Assert.That(matches.Select(match => (match.Id, match.Label)), Is.EqualTo(nearest.Select(match => (match.Id, match.Label))));
        }

        Assert.That(gallery.Count, Is.EqualTo(expected.Items.Count));
        Assert.That(gallery.Items.Select(item => item.Id), Is.EqualTo(expected.Items.Select(item => item.Id)));
    }

    private static float[] Vector(Random random, int dimension) =>
        [.. Enumerable.Range(0, dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];

    private sealed class Row
    {
        public float[] Embedding { get; set; } = [];

        public int Label { get; set; }

        public string Id { get; set; } = "";
    }
}
