using Microsoft.Extensions.AI;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.Faces;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class ImagePathColumnTests
{
    private readonly MLContext _ml = new(seed: 1);
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    // Of the network's own size, where nothing is resized, and of another.
    [TestCase(4)]
    [TestCase(16)]
    public async Task A_turned_photograph_gets_one_embedding_by_all_ways(int side)
    {
        string path = TurnedPhotograph.Write(_folder, "turned.jpg", side, side, seed: 5);
        byte[] bytes = await File.ReadAllBytesAsync(path);
        EmbeddingModel model = SmallNetwork.Create(ColorOrder.Rgb);
        float[] expected = SmallNetwork.Embed(TurnedPhotograph.Upright(path, model.Input));
        IDataView view = View(path);
        var found = new Dictionary<string, float[]>();

        using ImageEmbedder embedder = model.CreateEmbedder();
        found["a path"] = embedder.Embed(path);
        found["bytes"] = embedder.Embed(bytes);
        using var generator = new ImageEmbeddingGenerator(model);
        found["the generator"] = (await generator.GenerateAsync([new DataContent(bytes, "image/jpeg")]))[0].Vector.ToArray();
        using ImageEmbeddingTransformer column = _ml.MetricLearning.EmbedImages("Embedding", model, "Path").Fit(view);
        found["a column"] = SmallNetwork.Embeddings(column.Transform(view)).Single();
        using PredictionEngine<PathRow, Embedded> engine = _ml.Model.CreatePredictionEngine<PathRow, Embedded>(column);
        found["a prediction engine"] = engine.Predict(new PathRow { Path = path }).Embedding;
        _ml.Model.Save(column, view.Schema, _folder.File("chain.zip"));
        ITransformer loaded = _ml.MetricLearning.Load(_folder.File("chain.zip"), out _);
        found["a loaded chain"] = SmallNetwork.Embeddings(loaded.Transform(view)).Single();
        _ml.Model.Save(loaded, view.Schema, _folder.File("again.zip"));
        found["a chain loaded twice"] = SmallNetwork.Embeddings(_ml.MetricLearning.Load(_folder.File("again.zip"), out _).Transform(view)).Single();
        var whole = new FaceOptions { NoFace = NoFacePolicy.WholeImage };
        using FaceTransformer faces = _ml.MetricLearning.EmbedFaces("Embedding", new DrawnFaceDetector(), DrawnFaces.Model(), "Path", whole).Fit(view);
        found["faces"] = SmallNetwork.Embeddings(faces.Transform(view)).Single();
        using var faceEmbedder = new FaceEmbedder(new DrawnFaceDetector(), DrawnFaces.Model(), whole);
        found["a face embedder"] = faceEmbedder.Embed(path)[0].Embedding;
        using var faceGenerator = new FaceEmbeddingGenerator(new DrawnFaceDetector(), DrawnFaces.Model(), new FaceEmbeddingGeneratorOptions { NoFace = NoFacePolicy.WholeImage });
        found["the generator of faces"] = (await faceGenerator.GenerateAsync([new DataContent(bytes, "image/jpeg")]))[0].Vector.ToArray();

        foreach ((string way, float[] embedding) in found)
        {
            Assert.That(embedding, Is.EqualTo(expected), way);
        }

        // What the column of paths is there for: ML.NET's own loader leaves the photograph on its side.
        ITransformer stock = _ml.Transforms.LoadImages("Image", string.Empty, "Path").Append(_ml.MetricLearning.EmbedImages("Embedding", model, "Image")).Fit(view);
        Assert.That(SmallNetwork.Embeddings(stock.Transform(view)).Single(), Is.Not.EqualTo(expected).Within(0.1f));
    }

    [Test]
    public void Many_files_are_embedded_as_one_by_one_whatever_the_batches(
        [Values(0, 1, 30)] int count, [Values(1, 4, null)] int? batchSize, [Values(1, 3)] int parallel)
    {
        string[] paths = Files(count);
        EmbeddingModel model = SmallNetwork.Create();
        using ImageEmbedder embedder = model.CreateEmbedder();
        using ImageEmbeddingTransformer column = _ml.MetricLearning
            .EmbedImages("Embedding", model, "Path", new() { Scoring = new() { BatchSize = batchSize, MaxDegreeOfParallelism = parallel } })
            .Fit(View(paths));

        IDataView embedded = column.Transform(View(paths));

        Assert.That(SmallNetwork.Embeddings(embedded), Is.EqualTo(paths.Select(embedder.Embed)));
        Assert.That(embedded.GetColumn<string>("Path"), Is.EqualTo(paths));
    }

    [Test]
    public void Relative_paths_are_relative_to_the_folder_that_is_named_and_to_the_current_one_otherwise()
    {
        string[] paths = Files(3);
        string[] names = [.. paths.Select(path => Path.GetFileName(path))];
        string[] fromHere = [.. paths.Select(path => Path.GetRelativePath(Environment.CurrentDirectory, path))];
        EmbeddingModel model = SmallNetwork.Create();
        using ImageEmbedder embedder = model.CreateEmbedder();
        float[][] expected = [.. paths.Select(embedder.Embed)];
        using ImageEmbeddingTransformer named = _ml.MetricLearning.EmbedImages("Embedding", model, "Path", new() { ImageFolder = _folder.Path }).Fit(View(names));
        using ImageEmbeddingTransformer here = _ml.MetricLearning.EmbedImages("Embedding", model, "Path").Fit(View(fromHere));
        _ml.Model.Save(named, View(names).Schema, _folder.File("chain.zip"));

        Assert.That(SmallNetwork.Embeddings(named.Transform(View(names))), Is.EqualTo(expected));
        Assert.That(SmallNetwork.Embeddings(named.Transform(View(paths))), Is.EqualTo(expected), "a full path is one, whatever the folder");
        Assert.That(SmallNetwork.Embeddings(here.Transform(View(fromHere))), Is.EqualTo(expected));
        Assert.That(SmallNetwork.Embeddings(_ml.MetricLearning.Load(_folder.File("chain.zip"), out _).Transform(View(names))), Is.EqualTo(expected));
        Assert.That(
            () => SmallNetwork.Embeddings(here.Transform(View("nowhere.png"))),
            Throws.TypeOf<FileNotFoundException>().With.Message.Contains(Environment.CurrentDirectory));
    }

    [Test]
    public void How_files_are_read_is_kept_with_a_saved_chain()
    {
        string turned = TurnedPhotograph.Write(_folder, "turned.jpg", 8, 8, seed: 5);
        var options = new EmbedImagesOptions { File = new ImageFileOptions { HonorOrientation = false, MaximumPixels = 100 } };
        using ImageEmbeddingTransformer column = _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path", options).Fit(View(turned));
        _ml.Model.Save(column, View(turned).Schema, _folder.File("chain.zip"));
        ITransformer loaded = _ml.MetricLearning.Load(_folder.File("chain.zip"), out _);
        string large = _folder.Image("large.png", 11, 10, new Random(1));

        Assert.That(SmallNetwork.Embeddings(loaded.Transform(View(turned))), Is.EqualTo(SmallNetwork.Embeddings(column.Transform(View(turned)))));
        Assert.That(() => SmallNetwork.Embeddings(loaded.Transform(View(large))), Throws.TypeOf<InvalidDataException>().With.Message.Contains("100"));
    }

    [Test]
    public void A_saved_chain_reads_files_in_plain_MLNET_and_a_warning_tells_what_differs()
    {
        // Of the network's size and not turned: there ML.NET's own steps give the same.
        var random = new Random(3);
        string[] paths = [.. Enumerable.Range(0, 5).Select(i => _folder.Image($"{i}.png", SmallNetwork.Side, SmallNetwork.Side, random))];
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, entry) =>
        {
            if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(entry.RawMessage);
            }
        };
        var chain = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path"))
            .Append(ml.Transforms.NormalizeLpNorm("Features", "Embedding"));
        ITransformer fitted = chain.Fit(View(paths));
        float[][] expected = SmallNetwork.Embeddings(fitted.Transform(View(paths)), "Features");
        ml.Model.Save(fitted, View(paths).Schema, _folder.File("chain.zip"));

        ITransformer stock = new MLContext().Model.Load(_folder.File("chain.zip"), out DataViewSchema schema);

        Assert.That(SmallNetwork.Embeddings(stock.Transform(View(paths)), "Features"), Is.EqualTo(expected).Within(1e-4f));
        Assert.That(schema.Select(column => column.Name), Is.EqualTo(new[] { "Path", "Label" }));
        Assert.That(
            stock.GetOutputSchema(View(paths).Schema).Where(column => !column.IsHidden).Select(column => column.Name),
            Is.EqualTo(fitted.GetOutputSchema(View(paths).Schema).Where(column => !column.IsHidden).Select(column => column.Name)));
        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain("EXIF").And.Contains("4x4").And.Contains("ml.MetricLearning.Load"));
    }

    [Test]
    public void A_network_taken_out_of_a_chain_over_paths_may_be_saved_over_images_and_pixels()
    {
        string[] paths = Files(4);
        using ImageEmbeddingTransformer column = _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path").Fit(View(paths));
        _ml.Model.Save(column, View(paths).Schema, _folder.File("chain.zip"));
        EmbeddingModel network = ((ImageEmbeddingTransformer)_ml.MetricLearning.Load(_folder.File("chain.zip"), out _)).Model;
        IDataView pixels = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(5).Select(row => new ThreePlanes { Pixels = [.. row.Pixels, .. row.Pixels, .. row.Pixels] }));

        // The network of a saved chain takes R, G, B planes.
        using ImageEmbeddingTransformer over = _ml.MetricLearning.EmbedImages("Embedding", network, "Pixels").Fit(pixels);
        _ml.Model.Save(over, pixels.Schema, _folder.File("pixels.zip"));
        ITransformer loaded = _ml.MetricLearning.Load(_folder.File("pixels.zip"), out _);

        Assert.That(SmallNetwork.Embeddings(loaded.Transform(pixels)), Is.EqualTo(SmallNetwork.Embeddings(over.Transform(pixels))));
    }

    [Test]
    public void A_file_that_cannot_be_read_is_named_with_its_column_and_row([Values(1, 3)] int parallel)
    {
        string[] paths = Files(20);
        string damaged = _folder.Write("damaged.jpg", [1, 2, 3]);
        string missing = _folder.File("missing.jpg");

        Assert.That(Embed(11, damaged), Throws.TypeOf<InvalidDataException>().With.Message.Contains("damaged.jpg").And.Message.Contains("'Path'").And.Message.Contains("row 11"));
        Assert.That(Embed(12, missing), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("missing.jpg").And.Message.Contains("row 12"));
        Assert.That(Embed(13, " "), Throws.InvalidOperationException.With.Message.Contains("no path in row 13"));
        Assert.That(Embed(14, "a\0b.png"), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("row 14"));
        Assert.That(Embed(15, _folder.Path), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("row 15"));

        Action Embed(int row, string path) => () =>
        {
            string[] some = [.. paths];
            some[row] = path;
            using ImageEmbeddingTransformer column = _ml.MetricLearning
                .EmbedImages("Embedding", SmallNetwork.Create(), "Path", new() { Scoring = new() { BatchSize = 2, MaxDegreeOfParallelism = parallel } })
                .Fit(View(some));
            SmallNetwork.Embeddings(column.Transform(View(some)));
        };
    }

    [Test]
    public void Of_several_bad_files_the_first_is_named_in_every_run()
    {
        string[] paths = [.. Enumerable.Range(0, 40).Select(i => _folder.File($"missing {i}.png"))];
        using ImageEmbeddingTransformer column = _ml.MetricLearning
            .EmbedImages("Embedding", SmallNetwork.Create(), "Path", new() { Scoring = new() { BatchSize = 1, MaxDegreeOfParallelism = 4 } })
            .Fit(View(paths));

        for (int run = 0; run < 5; run++)
        {
            Assert.That(() => SmallNetwork.Embeddings(column.Transform(View(paths))), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("row 0"));
        }
    }

    [Test]
    public void A_reader_of_other_columns_opens_no_file()
    {
        using ImageEmbeddingTransformer column = _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path").Fit(View("nowhere.png"));

        Assert.That(column.Transform(View("nowhere.png")).GetColumn<string>("Path"), Is.EqualTo(["nowhere.png"]));
    }

    [Test]
    public void The_schema_promised_is_the_schema_delivered()
    {
        IDataView view = View(Files(2));
        var chain = _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path").Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding"));

        Assert.That(() => chain.Fit(view).GetOutputSchema(view.Schema)["Features"].Type.ToString(), Does.Contain("Single").And.Contains("3"));
    }

    [Test]
    public void A_column_of_several_paths_is_refused()
    {
        IDataView view = _ml.Data.LoadFromEnumerable(new[] { new TwoPaths { Path = ["a.png", "b.png"] } });

        Assert.That(
            () => _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Path").Fit(view),
            Throws.ArgumentException.With.Message.Contains("'Path'").And.Message.Contains("the paths of image files as text"));
    }

    private string[] Files(int count)
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, count).Select(i => _folder.Image($"{i}.png", 3 + (i % 4), 5, random))];
    }

    private IDataView View(params string[] paths) => _ml.Data.LoadFromEnumerable(paths.Select((path, i) => new PathRow { Path = path, Label = $"{i % 2}" }).ToArray());

    private sealed class Embedded
    {
        public float[] Embedding { get; set; } = [];
    }

    private sealed class TwoPaths
    {
        [VectorType(2)]
        public string[] Path { get; set; } = [];
    }

    private sealed class ThreePlanes
    {
        [VectorType(48)]
        public float[] Pixels { get; set; } = [];
    }
}
