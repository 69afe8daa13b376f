using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Training.Augmentation;
using Siamese.Training.Distances;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Reducers;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using Siamese.Training.Schedules;
using static Siamese.Pipelines.Tests.Training.SmallRun;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Runs;

public sealed class CheckpointTests
{
    /// <summary>Options that a run may go on with others of: they do not decide what it learns.</summary>
    private static readonly string[] MayChange =
    [
        nameof(TripletNetworkOptions.Threads), nameof(TripletNetworkOptions.Checkpoint), nameof(TripletNetworkOptions.Resume),
        nameof(TripletNetworkOptions.Metadata), nameof(TripletNetworkOptions.Embedding), nameof(TripletNetworkOptions.Progress),
        nameof(TripletNetworkOptions.CancellationToken),
    ];

    private static readonly PropertyInfo[] Options =
        [.. typeof(TripletNetworkOptions).GetProperties(BindingFlags.Instance | BindingFlags.Public).Where(property => property.CanWrite)];

    private static readonly Type[] Parts =
        [.. typeof(RecipePart).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(RecipePart)) && !type.IsAbstract)];

    private static readonly IDataView Rows = StripedImages.View(new MLContext(seed: 1), perClass: 8);

    [TestCaseSource(nameof(Options))]
    public void A_checkpoint_is_refused_where_any_option_that_decides_what_is_learned_is_another(PropertyInfo option)
    {
        using var folder = new TemporaryFolder();
        TripletNetworkOptions options = Small with { Checkpoint = folder.File("run"), Epochs = 3, Network = WithDropout };
        TripletNetworkOptions other = options with { Resume = true };
        option.SetValue(other, Another(option, option.GetValue(options), folder));
        Stop(options);

        if (MayChange.Contains(option.Name))
        {
            // Without Resume, or with another file, the run begins again.
            Assert.That(() => Identity(Rows, other), Throws.Nothing);
        }
        else
        {
            Assert.That(() => Identity(Rows, other), Throws.TypeOf<InvalidDataException>().With.Message.Contains(option.Name == "Margin" ? "Loss" : option.Name));
        }
    }

    [TestCaseSource(nameof(Parts))]
    public void Every_setting_of_every_part_is_told_apart(Type part)
    {
        ConstructorInfo constructor = part.GetConstructors().Single();
        object?[] arguments = [.. constructor.GetParameters().Select(parameter => Value(parameter.ParameterType, 0))];
        string description = ((RecipePart)constructor.Invoke(arguments)).Description;

        for (int i = 0; i < arguments.Length; i++)
        {
            object?[] others = [.. arguments];
            others[i] = Value(constructor.GetParameters()[i].ParameterType, 1);
            Assert.That(((RecipePart)constructor.Invoke(others)).Description, Is.Not.EqualTo(description), constructor.GetParameters()[i].Name);
        }

        foreach (PropertyInfo property in part.GetProperties().Where(property => property.CanWrite))
        {
            var changed = (RecipePart)constructor.Invoke(arguments);
            property.SetValue(changed, Value(property.PropertyType, 1));
            Assert.That(changed.Description, Is.Not.EqualTo(description), property.Name);
        }
    }

    [Test]
    public void What_the_network_sees_is_told_apart_to_the_last_value()
    {
        ImageInput[] inputs =
        [
            new(8, 8), new(8, 8, ColorOrder.Bgr), new(8, 8, ColorOrder.Grayscale), new(8, 9), new(9, 8),
            new(8, 8) { Mean = [1f, 2f, 3f] }, new(8, 8) { Mean = [1f, 2f, 3.0000002f] }, new(8, 8) { Scale = [0.5f] }, new(8, 8) { Scale = [0.5f, 0.5f, 0.25f] },
        ];
        using nn.Module network = nn.Sequential(nn.Flatten());
        RunRecipe[] recipes = [.. inputs.Select(input => RunRecipe.Create(Small, new TrainingRows(new PixelStore(null), [], [], input, "0", false), network))];

        foreach ((int i, RunRecipe recipe) in recipes.Index())
        {
            Assert.That(recipes.Where((other, j) => j != i && !recipe.DifferencesFrom(other).Any()), Is.Empty);
            Assert.That(recipe.DifferencesFrom(recipe), Is.Empty);
        }
    }

    [Test]
    public void What_a_function_closes_over_is_told_apart_by_the_network_that_it_makes()
    {
        using var folder = new TemporaryFolder();
        TripletNetworkOptions Options(double dropout) => Small with
        {
            Checkpoint = folder.File("run"),
            Epochs = 3,
            Network = (input, dimension) => nn.Sequential(("dropout", nn.Dropout(dropout)), ("net", Tiny(input, dimension))),
        };
        Stop(Options(0.1));

        Assert.That(
            () => Identity(Rows, Options(0.2) with { Resume = true }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("Network").And.Message.Contains("p=0.1").And.Message.Contains("p=0.2"));
        Assert.That(() => Identity(Rows, Options(0.1) with { Resume = true }), Throws.Nothing);
    }

    [Test]
    public void Settings_that_a_part_of_the_callers_keeps_private_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        TripletNetworkOptions options = Small with { Checkpoint = folder.File("run"), Epochs = 3, Sampler = new Weighted([1, 2]) };
        Stop(options);

        Assert.That(
            () => Identity(Rows, options with { Resume = true, Sampler = new Weighted([2, 1]) }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("[1, 2]").And.Message.Contains("[2, 1]"));
        Assert.That(() => Identity(Rows, options with { Resume = true, Sampler = new Weighted([1, 2]) }), Throws.Nothing);
    }

    [Test]
    public void Other_pixels_and_other_labels_are_refused()
    {
        var ml = new MLContext(seed: 1);
        LabeledRow[] rows = [.. Enumerable.Range(0, 24).Select(i => new LabeledRow { Image = [.. Enumerable.Range(0, 64).Select(j => (float)(i * j % 251))], Label = $"{i % 3}" })];
        using var folder = new TemporaryFolder();
        TripletNetworkOptions options = Small with { Checkpoint = folder.File("run"), Epochs = 3 };
        Stop(options, ml.Data.LoadFromEnumerable(rows));

        rows[5].Image[7]++;
        Assert.That(() => Identity(ml.Data.LoadFromEnumerable(rows), options with { Resume = true }), Throws.TypeOf<InvalidDataException>().With.Message.Contains("Data"));
        rows[5].Image[7]--;
        (rows[4].Label, rows[5].Label) = (rows[5].Label, rows[4].Label);
        Assert.That(() => Identity(ml.Data.LoadFromEnumerable(rows), options with { Resume = true }), Throws.TypeOf<InvalidDataException>().With.Message.Contains("Data"));
        (rows[4].Label, rows[5].Label) = (rows[5].Label, rows[4].Label);
        Assert.That(() => Identity(ml.Data.LoadFromEnumerable(rows), options with { Resume = true }), Throws.Nothing);
    }

    [Test]
    public void A_file_whose_checksum_was_made_to_hold_is_refused_or_read([Range(1, 8)] int seed)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run");
        TripletNetworkOptions options = Small with { Checkpoint = path, Epochs = 2 };
        Stop(options);
        byte[] sound = File.ReadAllBytes(path);
        var random = new Random(seed);

        for (int i = 0; i < 8; i++)
        {
            byte[] file = sound[..^SHA256.HashSizeInBytes];
            if (i % 2 == 0)
            {
                // What stands before the weights: recipe and state.
                file[random.Next(31, Math.Min(file.Length, 4000))] ^= (byte)(1 << random.Next(8));
            }
            else
            {
                file = file[..random.Next(31, file.Length)];
            }

            File.WriteAllBytes(path, [.. file, .. SHA256.HashData(file)]);
            try
            {
                Identity(Rows, options with { Resume = true });
            }
            catch (InvalidDataException exception)
            {
                Assert.That(exception.Message, Does.Contain(path));
            }
        }
    }

    [Test]
    public void Whatever_is_not_a_checkpoint_is_refused_by_name([Values(0, 10, 100, 100_000)] int length)
    {
        using var folder = new TemporaryFolder();
        var content = new byte[length];
        new Random(1).NextBytes(content);
        string path = folder.Write("run", content);

        Assert.That(
            () => Identity(Rows, Small with { Checkpoint = path, Resume = true }),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("not a checkpoint"));
    }

    [Test]
    public void A_checkpoint_that_cannot_be_written_is_refused_before_training()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("file", [1]);
        int reports = 0;
        TripletNetworkOptions options = Small with { Progress = new Listener(_ => reports++) };

        foreach (string path in (string[])[Path.Combine(file, "run"), folder.Path, folder.File(new string('n', 300))])
        {
            Assert.That(() => Identity(Rows, options with { Checkpoint = path }), Throws.InstanceOf<IOException>().With.Message.Contains(path));
        }

        Assert.That(() => Identity(Rows, options with { Checkpoint = " " }), Throws.ArgumentException.With.Message.Contains("Checkpoint"));
        Assert.That(() => Identity(Rows, options with { Resume = true }), Throws.ArgumentException.With.Message.Contains("Resume"));
        Assert.That(reports, Is.Zero);
    }

    [Test]
    public void A_checkpoint_may_have_the_longest_name_there_is()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(new string('n', 255));

        Identity(Rows, Small with { Checkpoint = path });

        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_run_goes_on_where_its_checkpoint_cannot_be_written_any_more()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run");
        string expected = Identity(Rows, Small);
        int epochs = 0;
        TripletNetworkOptions options = Small with
        {
            Checkpoint = path,
            Progress = new Listener(progress =>
            {
                if (progress.Finished is not null && ++epochs == 1)
                {
                    // The first checkpoint is written after this.
                    Directory.CreateDirectory(path);
                }
            }),
        };

        IReadOnlyList<string> warnings = Warnings(Rows, options);
        Directory.Delete(path);

        Assert.That(epochs, Is.EqualTo(2));
        Assert.That(warnings, Has.Exactly(2).Contains("checkpoint could not be written").And.Some.Contains(path));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
        Assert.That(Identity(Rows, options), Is.EqualTo(expected));
    }

    [Test]
    public void A_second_run_into_one_checkpoint_is_refused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("run");

        using (OutputLock.Take(path))
        {
            Assert.That(() => Identity(Rows, Small with { Checkpoint = path }), Throws.TypeOf<IOException>().With.Message.Contains("another run"));
        }

        Assert.That(() => Identity(Rows, Small with { Checkpoint = path }), Throws.Nothing);
    }

    /// <summary>Trains one epoch, which leaves a checkpoint behind.</summary>
    private static void Stop(TripletNetworkOptions options, IDataView? rows = null)
    {
        using var cancellation = new CancellationTokenSource();
        Assert.That(
            () => Identity(rows ?? Rows, options with { CancellationToken = cancellation.Token, Progress = new Listener(_ => cancellation.Cancel()) }),
            Throws.InstanceOf<OperationCanceledException>());
    }

    private static object? Another(PropertyInfo option, object? value, TemporaryFolder folder) => option.Name switch
    {
        nameof(TripletNetworkOptions.Input) => new ImageInput(8, 8, ColorOrder.Grayscale) { Mean = [3f] },
        nameof(TripletNetworkOptions.Network) => (Func<ImageInput, int, nn.Module<Tensor, Tensor>>)Tiny,
        nameof(TripletNetworkOptions.Checkpoint) => folder.File("other"),
        nameof(TripletNetworkOptions.Distance) => new CosineDistance(),
        nameof(TripletNetworkOptions.Miner) => new BatchHardMiner(),
        nameof(TripletNetworkOptions.Loss) => new SoftTripletLoss(),
        nameof(TripletNetworkOptions.Sampler) => new UniformSampler(16),
        nameof(TripletNetworkOptions.Schedule) => new ConstantSchedule(),
        nameof(TripletNetworkOptions.Augmentation) => new AffineAugmentation(),
        nameof(TripletNetworkOptions.Metadata) => new Dictionary<string, string> { ["owner"] = "tests" },
        nameof(TripletNetworkOptions.Embedding) => new EmbedImagesOptions(),
        nameof(TripletNetworkOptions.Progress) => new Listener(_ => { }),
        nameof(TripletNetworkOptions.CancellationToken) => new CancellationTokenSource().Token,
        _ => value switch
        {
            bool flag => !flag,
            int number => number + 1,
            double number => number + 0.05,
            OptimizerKind => OptimizerKind.AdamW,
            null when option.PropertyType == typeof(int?) => 1,
            _ => throw new NotSupportedException($"{option.Name} is new: choose another value here, and whether it may change."),
        },
    };

    private static object? Value(Type type, int choice) =>
        type == typeof(int) ? 5 + choice
        : type == typeof(double) ? (choice == 0 ? 0.5 : 0.3)
        : type == typeof(LossReducer) ? (choice == 0 ? new MeanReducer() : new SumReducer())
        : throw new NotSupportedException($"A setting of type {type} is new: choose two values here.");

    private sealed class Weighted(int[] weights) : BatchSampler
    {
        public override IEnumerable<int[]> Epoch(IReadOnlyList<int> labels, Random random) => new ClassBalancedSampler(weights.Length, 4).Epoch(labels, random);
    }

    private sealed class LabeledRow
    {
        [Microsoft.ML.Data.VectorType(64)]
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
