using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Training.Samplers;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>What training takes its images and labels from.</summary>
public sealed class TrainingDataTests
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly List<string> _warnings = [];
    private TemporaryFolder _folder = null!;

    private static TripletNetworkOptions Small => new()
    {
        Dimension = 4,
        Network = (input, dimension) => nn.Sequential(("flatten", nn.Flatten()), ("dense", nn.Linear(input.Length, dimension))),
        Sampler = new ClassBalancedSampler(2, 2),
        Epochs = 1,
        ValidationFraction = 0,
        Threads = 1,
    };

    [OneTimeSetUp]
    public void ListenToTheLog() => _ml.Log += (_, entry) =>
    {
        if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
        {
            _warnings.Add(entry.RawMessage);
        }
    };

    [SetUp]
    public void MakeFolder()
    {
        _folder = new TemporaryFolder();
        _warnings.Clear();
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Files_are_learned_from_upright_and_embedded_as_they_were_learned()
    {
        PathRow[] rows = Turned(24);
        TripletNetworkOptions options = Small with { Input = new ImageInput(6, 8) { Scale = [1f / 255f] } };
        using TripletNetworkTransformer byPath = _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: options).Fit(View(rows));

        // The same pictures, turned by hand: one seed and one set of pixels give one network.
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Upright));
        schema[nameof(Upright.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3, 8, 6);
        IDataView upright = _ml.Data.LoadFromEnumerable(
            rows.Select(row => new Upright { Image = TurnedPhotograph.Upright(row.Path, new ImageInput(6, 8)), Label = row.Label }), schema);
        using TripletNetworkTransformer byPixels = _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options).Fit(upright);
        using ImageEmbedder embedder = byPath.Model.CreateEmbedder();
        float[][] found = SmallNetwork.Embeddings(byPath.Transform(View(rows)));

        Assert.That(found, Is.EqualTo(SmallNetwork.Embeddings(byPixels.Transform(upright))));
        Assert.That(found, Is.EqualTo(rows.Select(row => embedder.Embed(row.Path))));
        Assert.That(byPath.Model.Metadata, Is.EqualTo(byPixels.Model.Metadata));
    }

    [Test]
    public void Photographs_of_mixed_sizes_train_a_chain_that_is_saved_and_predicts_alike_when_it_is_loaded()
    {
        var random = new Random(4);
        PathRow[] rows = [.. Enumerable.Range(0, 24).Select(i => new PathRow { Path = _folder.Image($"{i}.png", 12 + (i % 5), 10 + (i % 3), random), Label = $"{i % 3}" })];
        ITransformer fitted = _ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(_ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small with { Input = new ImageInput(8, 8) }))
            .Append(_ml.MetricLearning.NearestNeighbors("Label", "Embedding", new() { Neighbors = 1 }))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel"))
            .Fit(View(rows));

        _ml.Model.Save(fitted, View(rows).Schema, _folder.File("chain.zip"));
        ITransformer loaded = new MLContext().MetricLearning.Load(_folder.File("chain.zip"), out _);

        // The nearest to each row that was learned is the row itself.
        Assert.That(loaded.Transform(View(rows)).GetColumn<string>("Name"), Is.EqualTo(rows.Select(row => row.Label)));
        Assert.That(SmallNetwork.Embeddings(loaded.Transform(View(rows))), Is.EqualTo(SmallNetwork.Embeddings(fitted.Transform(View(rows)))).Within(1e-5f));
        string[] differs = [.. _warnings.Where(warning => warning.Contains("ml.Model.Load", StringComparison.Ordinal))];
        Assert.That(differs, Has.Length.EqualTo(1));
        Assert.That(differs[0], Does.Contain("resized").And.Contains("8x8").And.Contains("EXIF").And.Contains("ml.MetricLearning.Load"));
    }

    [Test]
    public void Relative_paths_and_the_reading_of_files_follow_the_options_of_the_embedding()
    {
        PathRow[] rows = [.. Turned(6).Select(row => new PathRow { Path = Path.GetFileName(row.Path), Label = row.Label })];
        TripletNetworkOptions options = Small with { Embedding = new() { ImageFolder = _folder.Path, File = new() { HonorOrientation = false } } };

        using TripletNetworkTransformer fitted = _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: options).Fit(View(rows));

        // Stored, they are 8 across and 6 down.
        Assert.That(fitted.Model.Input, Is.EqualTo(new ImageInput(8, 6)));
        Assert.That(SmallNetwork.Embeddings(fitted.Transform(View(rows))), Has.Length.EqualTo(6));
    }

    [Test]
    public void Files_of_several_sizes_need_an_input_size()
    {
        var random = new Random(4);
        PathRow[] rows = [.. Enumerable.Range(0, 6).Select(i => new PathRow { Path = _folder.Image($"{i}.png", 12 + i, 10, random), Label = $"{i % 2}" })];

        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small).Fit(View(rows)),
            Throws.ArgumentException.With.Message.Contains("1.png").And.Message.Contains("13x10").And.Message.Contains("row 1").And.Message.Contains("12x10").And.Message.Contains("Input"));
    }

    [TestCase("damaged.png", typeof(InvalidDataException))]
    [TestCase("missing.png", typeof(FileNotFoundException))]
    public void A_file_that_cannot_be_read_is_named_with_its_row(string name, Type error)
    {
        PathRow[] rows = Turned(12);
        _folder.Write("damaged.png", [1, 2, 3]);
        rows[0].Label = string.Empty;
        rows[7].Path = _folder.File(name);
        rows[9].Path = _folder.File("missing too.png");

        // Without a size of its own, and with one.
        foreach (ImageInput? input in new[] { null, new ImageInput(5, 5) })
        {
            Assert.That(
                () => _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small with { Input = input }).Fit(View(rows)),
                Throws.TypeOf(error).With.Message.Contains(name).And.Message.Contains("row 7").And.Message.Contains("'Path'"));
        }
    }

    [Test]
    public void Rows_without_a_label_are_left_out_whatever_the_labels_are([Values("text", "keys", "numbers")] string kind)
    {
        PathRow[] rows = Turned(12);
        rows[2].Path = "a file of a row without a label is not read";
        rows[2].Label = rows[3].Label = rows[11].Label = string.Empty;
        IDataView view = kind switch
        {
            "text" => View(rows),
            "keys" => _ml.Transforms.Conversion.MapValueToKey("Label").Fit(View(rows)).Transform(View(rows)),
            _ => _ml.Data.LoadFromEnumerable(rows.Select(row => new NumberRow { Path = row.Path, Label = row.Label.Length == 0 ? float.NaN : float.Parse(row.Label) })),
        };

        using TripletNetworkTransformer fitted = _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small with { ValidationFraction = 0.3 }).Fit(view);

        Assert.That((fitted.Report.Classes, fitted.Report.TrainingRows + fitted.Report.ValidationRows, fitted.Report.RowsWithoutLabel), Is.EqualTo((2, 9, 3)));
        Assert.That(_warnings, Has.Some.Contains("3 of 12 rows have no label"));

        (IDataView learned, IDataView held) = fitted.SplitRows(View(rows));
        string[] parted = [.. learned.GetColumn<string>("Path").Concat(held.GetColumn<string>("Path"))];
        Assert.That(parted, Is.EquivalentTo(rows.Where(row => row.Label.Length > 0).Select(row => row.Path)));
        Assert.That(learned.GetColumn<string>("Label").Concat(held.GetColumn<string>("Label")), Has.None.Empty);
    }

    [Test]
    public void The_rows_that_have_a_label_train_as_they_do_by_themselves()
    {
        PathRow[] rows = Turned(12);
        IEnumerable<PathRow> among = rows.SelectMany(row => new[] { new PathRow { Path = row.Path }, row });
        using TripletNetworkTransformer alone = _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small).Fit(View(rows));
        using TripletNetworkTransformer mixed = _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small).Fit(View([.. among]));

        Assert.That(mixed.Model.Identity, Is.EqualTo(alone.Model.Identity));
    }

    [Test]
    public void Rows_of_which_none_has_a_label_are_refused_with_their_number() =>
        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Path", options: Small).Fit(View([new PathRow { Path = "a" }, new PathRow { Path = "b" }])),
            Throws.ArgumentException.With.Message.Contains("None of the 2 rows has a label in column 'Label'"));

    [TestCase(48, 64, 3)]
    [TestCase(64, 48, 3)]
    [TestCase(32, 32, 3)]
    public void Interleaved_colors_are_refused_with_their_dimensions_whether_or_not_an_input_is_given(int height, int width, int channels)
    {
        IDataView view = Vectors(height, width, channels);

        foreach (ImageInput? input in new[] { null, new ImageInput(width, height) })
        {
            Assert.That(
                () => _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: Small with { Input = input }).Fit(view),
                Throws.ArgumentException.With.Message.Contains($"{height}, {width}, {channels}").And.Message.Contains("channel by channel").And.Message.Contains("ExtractPixels"));
        }

        Assert.That(
            () => _ml.MetricLearning.EmbedImages("Embedding", ColorNetwork(width, height), "Image").Fit(view),
            Throws.ArgumentException.With.Message.Contains("channel by channel"));
    }

    [Test]
    public void A_picture_that_is_not_a_square_is_not_taken_for_one_of_as_many_values()
    {
        using TripletNetworkTransformer fitted = _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: Small).Fit(Vectors(48, 12));

        Assert.That(fitted.Model.Input, Is.EqualTo(new ImageInput(12, 48, ColorOrder.Grayscale)));
        Assert.That(
            () => fitted.Transform(Vectors(24, 24)),
            Throws.ArgumentException.With.Message.Contains("24, 24").And.Message.Contains("(1, 48, 12)"));
        Assert.That(() => fitted.Transform(Vectors(576)), Throws.Nothing);
    }

    [Test]
    public void A_column_of_another_type_is_refused_with_the_types_that_are_taken() =>
        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Label", "Path", Small).Fit(_ml.Data.LoadFromEnumerable(new[] { new NumberRow() })),
            Throws.ArgumentException.With.Message.Contains("paths of image files as text"));

    private PathRow[] Turned(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new PathRow { Path = TurnedPhotograph.Write(_folder, $"{i}.jpg", 8, 6, seed: i), Label = $"{i % 2}" })];

    private IDataView View(PathRow[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private IDataView Vectors(params int[] sizes)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Upright));
        schema[nameof(Upright.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, sizes);
        int length = sizes.Aggregate(1, (product, size) => product * size);
        return _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 8).Select(i => new Upright { Image = [.. Enumerable.Repeat((float)i, length)], Label = $"{i % 2}" }), schema);
    }

    private static EmbeddingModel ColorNetwork(int width, int height)
    {
        var input = new ImageInput(width, height);
        return EmbeddingModel.Load(SmallNetwork.Bytes(input, metadata => EmbeddingMetadata.WriteInput(metadata, input)));
    }

    private sealed class Upright
    {
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }

    private sealed class NumberRow
    {
        public string Path { get; set; } = string.Empty;

        public float Label { get; set; }
    }
}
