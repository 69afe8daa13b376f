using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Rejection;
using Siamese.Training;
using Siamese.Training.Augmentation;
using Siamese.Training.Distances;
using Siamese.Training.Miners;
using Siamese.Training.Networks;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using Siamese.Training.Schedules;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>What the command line asked for.</summary>
internal sealed record TrainSettings(
    string Data,
    Recipe Recipe,
    int? Epochs,
    double? Margin,
    int Dimension,
    Miner? Miner,
    int Seed,
    int? Threads,
    int? Size,
    bool Color,
    string Output,
    bool Resume,
    IReadOnlyList<string> Unknown,
    string? Expose,
    string Reject,
    double FalseRejection)
{
    public const double DefaultFalseRejection = 0.01;

    public string CheckpointName { get; init; } = "checkpoint.bin";

    public string CheckpointFile => Path.Combine(Output, CheckpointName);

    /// <summary>Whether the classifier takes embeddings as they are, as the course project's did.</summary>
    public bool ClassifiesRaw => Recipe == Recipe.Seed;

    /// <summary>The rows that the classifier is fitted on: the course project took 5,000.</summary>
    public int ClassifierRows => Recipe == Recipe.Seed ? 5000 : int.MaxValue;

    /// <summary>Gets where the unknown pictures are.</summary>
    public IReadOnlyList<string> UnknownPaths => Unknown.Count > 0 ? Unknown : [UnknownData.ShippedClothes];

    /// <summary>Refuses, before minutes of training, what could not be done after it.</summary>
    public void CheckRejection()
    {
        _ = RejectionThreshold.FalseRejectionRate(FalseRejection);
        if (Reject == ScoreChoice.Exposed && Expose is null)
        {
            throw new ArgumentException($"The score '{Reject}' learns from examples of the unknown. Name them with --expose.");
        }

        foreach (string path in UnknownPaths)
        {
            UnknownData.Check(path, Data);
            if (Expose is not null && Path.GetFullPath(path) == Path.GetFullPath(Expose))
            {
                throw new ArgumentException($"'{path}' is to be learned from and to be measured. Name other pictures with --expose.");
            }
        }

        if (Expose is not null)
        {
            UnknownData.Check(Expose, Data);
        }
    }

    /// <summary>Names the settings and what they are, for the report.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe() =>
    [
        new("--data", Data == DigitData.ShippedFolder ? "the shipped digits" : Path.GetFileName(Path.TrimEndingDirectorySeparator(Data))),
        new("--recipe", $"{Recipe}"),
        new("--epochs", $"{Epochs?.ToString(CultureInfo.InvariantCulture) ?? "by the number of images"}"),
        new("--margin", Margin?.ToString(CultureInfo.InvariantCulture) ?? "by the recipe"),
        new("--dimension", Dimension.ToString(CultureInfo.InvariantCulture)),
        new("--miner", $"{Miner?.ToString() ?? "by the recipe"}"),
        new("--seed", Seed.ToString(CultureInfo.InvariantCulture)),
        new("--unknown", Unknown.Count == 0 ? "the shipped clothes" : string.Join(", ", Unknown.Select(Path.GetFileName))),
        new("--expose", Expose is null ? "nothing" : Path.GetFileName(Expose)),
        new("--reject", Reject),
        new("--false-rejection", FalseRejection.ToString(CultureInfo.InvariantCulture)),
    ];

    /// <summary>Turns the settings into the library's options.</summary>
    public TripletNetworkOptions ToOptions(DigitData data, IProgress<TrainingProgress> progress, CancellationToken cancellation)
    {
        var common = new TripletNetworkOptions
        {
            Input = data.Input(Size, Color ? ColorOrder.Rgb : ColorOrder.Grayscale),
            Dimension = Dimension,
            Seed = Seed,
            Threads = Threads,
            Checkpoint = CheckpointFile,
            Resume = Resume,
            Embedding = DigitChain.Embed,
            Metadata = new Dictionary<string, string> { [EmbeddingMetadata.Data] = data.Description },
            Progress = progress,
            CancellationToken = cancellation,
        };
        return Recipe == Recipe.Seed
            ? common with
            {
                // 400 steps of 100 random triplets of raw embeddings, squared distances, Adam at 1e-4.
                Network = EmbeddingNetworks.Plain,
                Normalize = false,
                Distance = new SquaredEuclideanDistance(),
                Miner = CreateMiner(DigitRecognizer.Miner.Random),
                Margin = Margin ?? 0.2,
                Sampler = new UniformSampler(batchSize: 300),
                Epochs = Epochs ?? 4,
                StepsPerEpoch = 100,
                LearningRate = 1e-4,
                Schedule = new ConstantSchedule(),
                WeightAveraging = 0,
            }
            : common with
            {
                Miner = CreateMiner(DigitRecognizer.Miner.SemiHard),
                Margin = Margin ?? 0.3,

                // Few images make few batches; smaller ones give the network more steps.
                Sampler = new ClassBalancedSampler(classesPerBatch: 10, imagesPerClass: data.TrainCount < 20_000 ? 8 : 16),
                Epochs = Epochs ?? Math.Max(12, (int)Math.Ceiling(96000.0 / data.TrainCount)),
                Augmentation = new AffineAugmentation(),
            };
    }

    private TripletMiner CreateMiner(Miner otherwise) => (Miner ?? otherwise) switch
    {
        DigitRecognizer.Miner.BatchHard => new BatchHardMiner(),
        DigitRecognizer.Miner.BatchAll => new BatchAllMiner(),
        DigitRecognizer.Miner.DistanceWeighted => new DistanceWeightedMiner(Dimension),
        DigitRecognizer.Miner.Random => new RandomTripletMiner(100),
        _ => new SemiHardMiner(),
    };
}
