using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
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
    bool Resume)
{
    public string CheckpointFile => Path.Combine(Output, "checkpoint.bin");

    /// <summary>The rows that the classifier is fitted on: the course project took 5,000.</summary>
    public int ClassifierRows => Recipe == Recipe.Seed ? 5000 : int.MaxValue;

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

            // The predict command loads the chain with this library, which brings the antialiased resize back.
            Embedding = new EmbedImagesOptions { SavedResize = SavedResize.NearestPixel },
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
