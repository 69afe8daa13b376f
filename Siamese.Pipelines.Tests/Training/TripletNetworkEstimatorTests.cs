using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Pipelines.Rejection;
using Siamese.Training.Augmentation;
using Siamese.Training.Export;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Networks;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using Siamese.Training.Schedules;
using static Siamese.Pipelines.Tests.Training.SmallRun;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training;

public sealed class TripletNetworkEstimatorTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Test]
    public void Fit_learns_to_tell_classes_apart_and_embeds_with_what_it_learned()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 40);
        using TripletNetworkTransformer embedder = Fit(rows, Small with { Epochs = 8 });

        var metrics = _ml.MetricLearning.Evaluate(embedder.Transform(StripedImages.View(_ml, perClass: 20, seed: 2)), embedder.Transform(rows));

        Assert.That(metrics.PrecisionAt1, Is.GreaterThan(0.9), "guessing gives 0.25");
        Assert.That(embedder.Report.Epochs, Has.Count.EqualTo(8));
        Assert.That(embedder.Report.Epochs[^1].Loss, Is.LessThan(embedder.Report.Epochs[0].Loss));
        Assert.That(embedder.Report.Epochs[^1].PrecisionAt1, Is.GreaterThan(0.8));
        Assert.That(embedder.Report.LargestDifference, Is.LessThanOrEqualTo(1e-5));
        Assert.That(embedder.Report.TrainingRows + embedder.Report.ValidationRows, Is.EqualTo(160));
        Assert.That(embedder.Report.Collapsed, Is.False);
    }

    [Test]
    public void The_rows_that_were_held_out_can_be_told_from_those_learned_from()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 20);
        using TripletNetworkTransformer embedder = Fit(rows, Small with { ValidationFraction = 0.25 });

        (IDataView learned, IDataView heldOut) = embedder.SplitRows(embedder.Transform(rows));

        float[][] all = SmallNetwork.Embeddings(rows, "Image");
        float[][] parts = [.. SmallNetwork.Embeddings(learned, "Image"), .. SmallNetwork.Embeddings(heldOut, "Image")];
        Assert.That(SmallNetwork.Embeddings(heldOut), Has.Length.EqualTo(20));
        Assert.That(heldOut.GetColumn<string>("Label").CountBy(label => label).Select(count => count.Value), Is.EqualTo(new[] { 5, 5, 5, 5 }));
        Assert.That(parts.OrderBy(row => string.Join(' ', row)), Is.EqualTo(all.OrderBy(row => string.Join(' ', row))));
        Assert.That(heldOut.GetRowCount(), Is.EqualTo(20));
    }

    [Test]
    public void Rows_that_are_not_those_fitted_on_cannot_be_split([Values(10, 30)] int perClass)
    {
        using TripletNetworkTransformer embedder = Fit(StripedImages.View(_ml, perClass: 20), Small);

        Assert.That(
            () => embedder.SplitRows(StripedImages.View(_ml, perClass)).Learned.GetColumn<string>("Label").ToArray(),
            Throws.InvalidOperationException.With.Message.Contains(perClass < 20 ? "fewer rows than the 80" : "rows than the 80"));
    }

    [Test]
    public void A_hidden_layer_that_cannot_be_read_is_refused_before_the_training()
    {
        TripletNetworkOptions options = Small with { Epochs = 100_000, Network = WithoutDenseEnd, Embedding = new() { HiddenColumnName = "Hidden" } };

        Assert.That(() => Fit(StripedImages.View(_ml, perClass: 6), options), Throws.TypeOf<InvalidDataException>().With.Message.Contains("No dense layer"));
    }

    [Test]
    public void The_hidden_layer_becomes_a_column_and_stays_one_in_a_saved_model()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 6);
        using TripletNetworkTransformer embedder = Fit(rows, Small with { Network = EmbeddingNetworks.SmallResidual, Embedding = new() { HiddenColumnName = "Hidden" } });
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(embedder, rows.Schema, file.Path);

        float[][] hidden = SmallNetwork.Embeddings(embedder.Transform(rows), "Hidden");

        Assert.That(hidden[0], Has.Length.EqualTo(128));
        Assert.That(hidden.Select(row => row[0]).Distinct().Count(), Is.GreaterThan(10));
        Assert.That(hidden.Min(row => row.Min()), Is.LessThan(0), "before the ReLU");
        foreach (ITransformer loaded in new[] { new MLContext().Model.Load(file.Path, out _), _ml.MetricLearning.Load(file.Path, out _) })
        {
            Assert.That(SmallNetwork.Embeddings(loaded.Transform(rows), "Hidden"), Is.EqualTo(hidden).Within(1e-4f));
            Assert.That(SmallNetwork.Embeddings(loaded.Transform(rows)), Is.EqualTo(SmallNetwork.Embeddings(embedder.Transform(rows))).Within(1e-5f));
        }
    }

    [Test]
    public void Fit_writes_what_describes_the_network_into_its_file()
    {
        using TripletNetworkTransformer embedder = Fit(
            StripedImages.View(_ml, perClass: 6),
            Small with { Seed = 7, Metadata = new Dictionary<string, string> { [EmbeddingMetadata.Data] = "stripes", ["owner"] = "tests" } });

        EmbeddingModel model = EmbeddingModel.Load(embedder.Model.ToArray());

        Assert.That(model.Input, Is.EqualTo(new ImageInput(8, 8, ColorOrder.Grayscale)));
        Assert.That(model.Dimension, Is.EqualTo(5));
        Assert.That(model.Distance, Is.EqualTo(DistanceMetric.Euclidean));
        Assert.That(model.Metadata["siamese.seed"], Is.EqualTo("7"));
        Assert.That(model.Metadata["siamese.data"], Is.EqualTo("stripes"));
        Assert.That(model.Metadata["siamese.normalized"], Is.EqualTo("true"));
        Assert.That(model.Metadata["siamese.recipe"], Does.Contain("SemiHardMiner").And.Contains("TripletMarginLoss(Margin=0.3"));
        Assert.That(model.Metadata["owner"], Is.EqualTo("tests"));
    }

    [Test]
    public void One_seed_gives_one_file_and_another_seed_another()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 10);
        TripletNetworkOptions options = Small with { Augmentation = new AffineAugmentation(), Network = WithDropout };

        string first = Identity(rows, options);
        string second = Identity(rows, options);
        string other = Identity(rows, options with { Seed = 2 });

        Assert.That(second, Is.EqualTo(first));
        Assert.That(other, Is.Not.EqualTo(first));
    }

    [TestCase(1)]
    [TestCase(5)]
    [TestCase(8)]
    [TestCase(9)]
    [TestCase(14)]
    public void A_run_that_was_stopped_ends_as_one_that_was_not(int stopAfterBatches)
    {
        // Eight batches of training and two of validation an epoch.
        IDataView rows = StripedImages.View(_ml, perClass: 40);
        using var checkpoint = new TemporaryFile(".bin");
        using var cancellation = new CancellationTokenSource();
        TripletNetworkOptions options = Small with
        {
            Epochs = 3,
            Augmentation = new AffineAugmentation(),
            Network = WithDropout,
            Miner = new TellingMiner(() => { }),
            Optimizer = OptimizerKind.AdamW,
            WeightDecay = 0.01,
            EarlyStoppingPatience = 3,
        };
        string expected = Identity(rows, options);

        int batches = 0;
        TripletNetworkOptions stopped = options with
        {
            Checkpoint = checkpoint.Path,
            CancellationToken = cancellation.Token,
            Miner = new TellingMiner(() =>
            {
                if (++batches == stopAfterBatches)
                {
                    cancellation.Cancel();
                }
            }),
        };
        Assert.That(() => Identity(rows, stopped), Throws.InstanceOf<OperationCanceledException>());
        string resumed = Identity(rows, options with { Checkpoint = checkpoint.Path, Resume = true });

        Assert.That(resumed, Is.EqualTo(expected));
    }

    [Test]
    public void A_run_that_had_ended_is_exported_again_alike()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 8);
        using var checkpoint = new TemporaryFile(".bin");
        TripletNetworkOptions options = Small with { Checkpoint = checkpoint.Path };

        string expected = Identity(rows, options);

        Assert.That(Identity(rows, options with { Resume = true }), Is.EqualTo(expected));
    }

    [Test]
    public void A_checkpoint_of_other_options_is_refused_with_both()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 8);
        using var checkpoint = new TemporaryFile(".bin");
        TripletNetworkOptions options = Small with { Checkpoint = checkpoint.Path, Epochs = 1 };
        Identity(rows, options);

        Assert.That(
            () => Identity(rows, options with { Resume = true, Margin = 0.7 }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("Margin=0.3").And.Message.Contains("Margin=0.7"));
    }

    [Test]
    public void A_checkpoint_of_other_data_is_refused()
    {
        using var checkpoint = new TemporaryFile(".bin");
        TripletNetworkOptions options = Small with { Checkpoint = checkpoint.Path, Epochs = 1 };
        Identity(StripedImages.View(_ml, perClass: 8), options);

        Assert.That(
            () => Identity(StripedImages.View(_ml, perClass: 8, seed: 5), options with { Resume = true }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("another run"));
    }

    [TestCase(0)]
    [TestCase(20)]
    [TestCase(3000)]
    public void A_damaged_checkpoint_is_refused_by_name(int length)
    {
        IDataView rows = StripedImages.View(_ml, perClass: 8);
        using var checkpoint = new TemporaryFile(".bin");
        TripletNetworkOptions options = Small with { Checkpoint = checkpoint.Path, Epochs = 1 };
        Identity(rows, options);
        File.WriteAllBytes(checkpoint.Path, File.ReadAllBytes(checkpoint.Path)[..length]);

        Assert.That(
            () => Identity(rows, options with { Resume = true }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(checkpoint.Path));
    }

    [Test]
    public void Progress_tells_of_every_epoch_and_ends_at_the_last_step()
    {
        var told = new List<TrainingProgress>();
        using TripletNetworkTransformer embedder = Fit(StripedImages.View(_ml, perClass: 40), Small with { Epochs = 3, Progress = new Listener(told.Add) });

        TrainingProgress[] finished = [.. told.Where(progress => progress.Finished is not null)];
        Assert.That(finished.Select(progress => progress.Epoch), Is.EqualTo(new[] { 1, 2, 3 }));
        Assert.That(finished.Select(progress => progress.Finished), Is.EqualTo(embedder.Report.Epochs));
        Assert.That(finished.Select(progress => progress.Step == progress.Steps && progress.ImagesPerSecond > 0), Is.All.True);
    }

    [Test]
    public void Training_ends_early_with_the_best_epochs_weights()
    {
        // A learning rate that does nothing: only the running statistics of the first epochs can better an epoch.
        IDataView rows = StripedImages.View(_ml, perClass: 20);
        using TripletNetworkTransformer embedder = Fit(
            rows, Small with { Epochs = 50, LearningRate = 1e-12, Schedule = new ConstantSchedule(), EarlyStoppingPatience = 2 });

        double[] precisions = [.. embedder.Report.Epochs.Select(epoch => epoch.PrecisionAt1!.Value)];
        Assert.That(precisions, Has.Length.LessThan(50));
        Assert.That(Array.IndexOf(precisions, precisions.Max()), Is.EqualTo(precisions.Length - 3), "two epochs after the best, the run ends");
    }

    [Test]
    public void A_network_that_gives_one_embedding_for_all_is_reported_and_warned_of()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 10);
        TripletNetworkOptions options = Small with { Epochs = 1, Network = Constant, Normalize = false, LearningRate = 1e-9 };
        using TripletNetworkTransformer embedder = Fit(rows, options);

        Assert.That(embedder.Report.Collapsed, Is.True);
        Assert.That(Warnings(rows, options), Has.Some.Contains("collapsed"));
    }

    [Test]
    public void Nothing_is_held_out_where_nothing_is_asked_for()
    {
        using TripletNetworkTransformer embedder = Fit(StripedImages.View(_ml, perClass: 8), Small with { ValidationFraction = 0 });

        Assert.That(embedder.Report.ValidationRows, Is.Zero);
        Assert.That(embedder.Report.Epochs[0].PrecisionAt1, Is.Null);
        Assert.That(embedder.Report.Epochs[0].ValidationLoss, Is.Null);
    }

    [Test]
    public void Small_classes_are_validated_on_their_share_of_all_rows()
    {
        using TripletNetworkTransformer embedder = Fit(StripedImages.View(_ml, perClass: 8), Small with { ValidationFraction = 0.05, EarlyStoppingPatience = 1 });

        Assert.That(embedder.Report.ValidationRows, Is.EqualTo(2), "4 classes of 8 rows");
        Assert.That(embedder.Report.Epochs[0].PrecisionAt1, Is.Not.Null);
    }

    [Test]
    public void Rows_held_out_of_small_classes_calibrate_what_is_unknown()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 8);
        using TripletNetworkTransformer embedder = Fit(rows, Small);
        (IDataView learned, IDataView heldOut) = embedder.SplitRows(embedder.Transform(rows));

        using var rejecter = _ml.MetricLearning.RejectUnknown(
            UnknownScore.NeighborDistance, falseRejectionRate: 0.2, new() { FeatureColumnName = "Embedding" }).Fit(learned, heldOut);

        Assert.That(rejecter.Calibration.CalibrationRows, Is.EqualTo(6));
    }

    [Test]
    public void Options_that_have_no_effect_are_warned_of()
    {
        IDataView pairs = StripedImages.View(_ml, perClass: 2);

        Assert.That(Warnings(pairs, Small), Has.Some.Contains("ValidationFraction").And.Some.Contains("no class has three"));
        Assert.That(Warnings(pairs, Small with { ValidationFraction = 0 }), Is.Empty);
        Assert.That(Warnings(pairs, Small with { ValidationFraction = 0, Margin = 0.5, Loss = new TripletMarginLoss(0.2) }), Has.Count.EqualTo(1).And.Some.Contains("Margin"));
    }

    [Test]
    public void Early_stopping_where_nothing_can_be_held_out_is_refused([Values(0, 0.2)] double fraction) =>
        Assert.That(
            () => Fit(StripedImages.View(_ml, perClass: 2), Small with { ValidationFraction = fraction, EarlyStoppingPatience = 1 }),
            Throws.ArgumentException.With.Message.Contains("EarlyStoppingPatience").And.Message.Contains("held"));

    [Test]
    public void Options_that_are_null_are_refused_by_name()
    {
        Assert.That(() => Small with { Network = null! }, Throws.ArgumentNullException.With.Property("ParamName").EqualTo("Network"));
        Assert.That(() => Small with { Sampler = null! }, Throws.ArgumentNullException.With.Property("ParamName").EqualTo("Sampler"));
    }

    [Test]
    public void A_part_of_the_callers_own_may_have_any_properties()
    {
        using TripletNetworkTransformer embedder = Fit(StripedImages.View(_ml, perClass: 6), Small with { Sampler = new HostileSampler([1, 2]) });

        Assert.That(embedder.Model.Metadata["siamese.recipe"], Does.Contain("HostileSampler(weights=[1, 2])"));
    }

    [Test]
    public void A_part_that_fails_to_describe_itself_is_refused_by_its_option()
    {
        Assert.That(
            () => Fit(StripedImages.View(_ml, perClass: 6), Small with { Sampler = new Undescribed(null) }),
            Throws.ArgumentException.With.Message.Contains("Sampler").And.Message.Contains("Description"));
        Assert.That(() => Fit(StripedImages.View(_ml, perClass: 6), Small with { Sampler = new Undescribed(new string('x', 1_000_000)) }), Throws.Nothing);
    }

    [Test]
    public void A_module_of_the_callers_is_trained_on_by_a_second_run()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 8);
        using nn.Module<Tensor, Tensor> module = Tiny(new ImageInput(8, 8, ColorOrder.Grayscale), 5);
        TripletNetworkOptions options = Small with { Network = (_, _) => module, Margin = 2 };

        string first = Identity(rows, options);
        Tensor weight = module.state_dict()["dense.weight"];
        float[] trained = weight.data<float>().ToArray();
        string second = Identity(rows, options);

        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(weight.data<float>().ToArray(), Is.Not.EqualTo(trained));
    }

    [Test]
    public void Embeddings_of_any_size_pass_the_check_of_the_export([Values(1f, 1000f)] float scale)
    {
        IDataView rows = StripedImages.View(_ml, perClass: 10);
        TripletNetworkOptions options = Small with
        {
            Network = EmbeddingNetworks.Plain,
            Normalize = false,
            Input = new ImageInput(8, 8, ColorOrder.Grayscale) { Scale = [scale] },
        };

        using TripletNetworkTransformer embedder = Fit(rows, options);

        Assert.That(embedder.Report.LargestDifference, Is.Not.NaN);
    }

    [Test]
    public void A_network_that_fails_the_check_is_kept_in_a_file([Values(false, true)] bool hasCheckpoint)
    {
        using var folder = new TemporaryFolder();
        TripletNetworkOptions options = Small with
        {
            Network = (input, dimension) => nn.Sequential(("net", Tiny(input, dimension)), ("wrong", new WronglyExported())),
            Checkpoint = hasCheckpoint ? folder.File("run.checkpoint") : null,
        };

        ExportedNetworkException refused = Assert.Throws<ExportedNetworkException>(() => Fit(StripedImages.View(_ml, perClass: 8), options))!;

        Assert.That(refused.Message, Does.Contain(refused.Path).And.Contain("differs"));
        Assert.That(File.ReadAllBytes(refused.Path!), Is.EqualTo(refused.GetNetwork()));
        Assert.That(EmbeddingModel.Load(refused.Path!).Dimension, Is.EqualTo(5));
        Assert.That(Path.GetDirectoryName(refused.Path), hasCheckpoint ? Is.EqualTo(folder.Path) : Is.Not.EqualTo(folder.Path));
        File.Delete(refused.Path!);
    }

    [Test]
    public void Labels_may_be_keys_text_or_numbers()
    {
        IDataView numbers = StripedImages.View(_ml, perClass: 8);
        IDataView keys = _ml.Transforms.Conversion.MapValueToKey("Label").Fit(numbers).Transform(numbers);
        IDataView text = _ml.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.String).Fit(numbers).Transform(numbers);

        string expected = Identity(numbers, Small);

        Assert.That(Identity(keys, Small), Is.EqualTo(expected));
        Assert.That(Identity(text, Small), Is.EqualTo(expected));
    }

    [Test]
    public void Memory_stays_flat_over_many_steps()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 16);
        var tensors = new List<long>();
        using TripletNetworkTransformer embedder = Fit(
            rows,
            Small with { Epochs = 6, Progress = new Listener(_ => tensors.Add(Tensor.TotalCount)) });

        Assert.That(tensors[^1], Is.LessThanOrEqualTo(tensors[1]), "live tensors after the last epoch and after the second");
    }

    [Test]
    public void One_class_is_refused_by_name() =>
        Assert.That(
            () => Fit(StripedImages.View(_ml, perClass: 5, classes: 1), Small),
            Throws.ArgumentException.With.Message.Contains("'0'").And.Message.Contains("two classes"));

    [Test]
    public void A_class_of_one_image_is_refused_by_name()
    {
        LabeledImagesRow[] rows = [Row("a"), Row("a"), Row("b"), Row("b"), Row("lonely")];

        Assert.That(
            () => Fit(_ml.Data.LoadFromEnumerable(rows), Small),
            Throws.ArgumentException.With.Message.Contains("'lonely'").And.Message.Contains("1 of 3 classes"));
    }

    [Test]
    public void No_rows_are_refused() =>
        Assert.That(
            () => Fit(_ml.Data.LoadFromEnumerable(Array.Empty<LabeledImagesRow>()), Small),
            Throws.ArgumentException.With.Message.Contains("no rows"));

    [Test]
    public void A_pixel_that_is_no_number_is_refused_with_its_row()
    {
        LabeledImagesRow[] rows = [Row("a"), Row("a"), Row("b"), Row("b")];
        rows[2].Image[3] = float.PositiveInfinity;

        Assert.That(
            () => Fit(_ml.Data.LoadFromEnumerable(rows), Small),
            Throws.InvalidOperationException.With.Message.Contains("row 2").And.Message.Contains("'Image'"));
    }

    [Test]
    public void A_missing_column_is_refused_with_those_that_are_there() =>
        Assert.That(
            () => _ml.MetricLearning.TripletNetwork("Embedding", "Picture", options: Small).Fit(StripedImages.View(_ml, 3)),
            Throws.ArgumentException.With.Message.Contains("'Picture'").And.Message.Contains("'Label'").And.Message.Contains("'Image'"));

    [Test]
    public void An_input_of_another_size_than_the_pixels_is_refused_with_both() =>
        Assert.That(
            () => Fit(StripedImages.View(_ml, 3), Small with { Input = new ImageInput(10, 10, ColorOrder.Grayscale) }),
            Throws.ArgumentException.With.Message.Contains("64").And.Message.Contains("100"));

    [Test]
    public void A_network_of_another_dimension_is_refused_with_both() =>
        Assert.That(
            () => Fit(StripedImages.View(_ml, 3), Small with { Network = (input, _) => Tiny(input, 9) }),
            Throws.InstanceOf<Exception>().With.Message.Contains("9").And.Message.Contains("5"));

    [Test]
    public void A_network_that_cannot_be_exported_is_refused_before_training()
    {
        int epochs = 0;

        Assert.That(
            () => Fit(
                StripedImages.View(_ml, 3),
                Small with { Network = (input, dimension) => nn.Sequential(("net", Tiny(input, dimension)), ("odd", nn.Softplus())), Progress = new Listener(_ => epochs++) }),
            Throws.TypeOf<NotSupportedException>().With.Message.Contains("odd"));
        Assert.That(epochs, Is.Zero);
    }

    [Test]
    public void A_run_that_diverges_says_so_and_leaves_no_network() =>
        Assert.That(
            () => Fit(StripedImages.View(_ml, 10), Small with { LearningRate = 1e30, Normalize = false, Epochs = 20 }),
            Throws.InstanceOf<Exception>().With.Message.Contains("diverged"));

    [Test]
    public void Images_of_files_are_resized_as_the_options_say_and_scored_likewise()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(4);
        PathRow[] rows = [.. Enumerable.Range(0, 24).Select(i => new PathRow { Path = folder.Image($"{i}.png", 12 + (i % 3), 10, random), Label = $"{i % 3}" })];
        IDataView view = _ml.Data.LoadFromEnumerable(rows);
        var chain = _ml.Transforms.LoadImages("Image", string.Empty, "Path").Append(_ml.MetricLearning.TripletNetwork(
            "Embedding", "Image", options: Small with { Input = new ImageInput(8, 8, ColorOrder.Bgr) { Scale = [1f / 255f] } }));

        TransformerChain<TripletNetworkTransformer> fitted = chain.Fit(view);
        float[][] found = SmallNetwork.Embeddings(fitted.Transform(view));

        using ImageEmbedder embedder = fitted.LastTransformer.Model.CreateEmbedder();
        Assert.That(found, Is.EqualTo(rows.Select(row => embedder.Embed(row.Path))).Within(1e-6f));
        Assert.That(fitted.LastTransformer.Model.Input, Is.EqualTo(new ImageInput(8, 8, ColorOrder.Bgr)));
    }

    [Test]
    public void Images_of_several_sizes_need_an_input_size()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(4);
        PathRow[] rows = [.. Enumerable.Range(0, 6).Select(i => new PathRow { Path = folder.Image($"{i}.png", 12 + i, 10, random), Label = $"{i % 2}" })];
        var chain = _ml.Transforms.LoadImages("Image", string.Empty, "Path").Append(_ml.MetricLearning.TripletNetwork("Embedding", "Image", options: Small));

        Assert.That(
            () => chain.Fit(_ml.Data.LoadFromEnumerable(rows)),
            Throws.ArgumentException.With.Message.Contains("13x10").And.Message.Contains("12x10").And.Message.Contains("Input"));
    }

    [Test]
    public void The_schema_promised_is_the_schema_delivered()
    {
        IDataView rows = StripedImages.View(_ml, perClass: 4);
        TripletNetworkEstimator estimator = _ml.MetricLearning.TripletNetwork("Embedding", "Image", options: Small with { Epochs = 1 });
        var keyed = _ml.Transforms.Conversion.MapValueToKey("Label").Append(estimator).Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding"));

        Assert.That(() => keyed.Fit(rows).GetOutputSchema(rows.Schema)["Features"].Type.ToString(), Does.Contain("Single").And.Contains("5"));
    }

    private static nn.Module<Tensor, Tensor> WithoutDenseEnd(ImageInput input, int dimension) => nn.Sequential(
        ("conv", nn.Conv2d(input.Channels, dimension, 3)),
        ("pool", nn.AdaptiveAvgPool2d(1)),
        ("flatten", nn.Flatten()));

    private static nn.Module<Tensor, Tensor> Constant(ImageInput input, int dimension)
    {
        var dense = nn.Linear(input.Length, dimension);
        nn.init.zeros_(dense.weight!);
        return nn.Sequential(("flatten", nn.Flatten()), ("dense", dense));
    }

    private static LabeledImagesRow Row(string label) =>
        new() { Image = [.. Enumerable.Range(0, 64).Select(i => (float)(i * label.Length % 256))], Label = label };

    /// <summary>Tells of each batch that it mines.</summary>
    private sealed class TellingMiner(Action mined) : TripletMiner
    {
        private readonly SemiHardMiner _miner = new();

        public override string Description => nameof(TellingMiner);

        public override Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random)
        {
            mined();
            return _miner.Mine(distances, labels, random);
        }
    }

    /// <summary>What its properties give is nothing that a description may touch.</summary>
    private sealed class HostileSampler(int[] weights) : BatchSampler
    {
        public int[] Weights => weights;

        public HostileSampler Another => new(weights);

        public int Throwing => throw new InvalidOperationException();

        public override IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random) => new ClassBalancedSampler(2, 4).Epoch(labels, random);
    }

    private sealed class Undescribed(string? description) : BatchSampler
    {
        public override string Description => description!;

        public override IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random) => new ClassBalancedSampler(2, 4).Epoch(labels, random);
    }

    /// <summary>Adds 1, but is exported as if it did not.</summary>
    private sealed class WronglyExported() : nn.Module<Tensor, Tensor>(nameof(WronglyExported)), IOnnxExportable
    {
        public override Tensor forward(Tensor input) => input + tensor(new[] { 1f, 0, 0, 0, 0 });

        public string Export(OnnxExportContext context, string input) => context.Node("Identity", [input]);
    }

    private sealed class LabeledImagesRow
    {
        [VectorType(64)]
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
