using System.Globalization;
using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training.Augmentation;
using Siamese.Training.Distances;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Networks;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using Siamese.Training.Schedules;
using TorchSharp;

namespace Siamese.Training;

/// <summary>How an embedding network is trained by triplet loss. It is complete as it is: each default is one that was measured.</summary>
public sealed record TripletNetworkOptions
{
    private const double DefaultMargin = 0.3;

    /// <summary>Gets what the network shall see: the size that images are resized to, the channels, and (pixel − mean) × scale.</summary>
    /// <value>
    /// The default, null, takes the size of the images (which must then all have one size) or of the pixel vectors, and scales pixels to [0, 1].
    /// The dimensions of a vector's type decide: (H, W), (H, W, 1) and (1, H, W) are gray, (3, H, W) is red, green, blue, and a vector of one
    /// dimension is a gray square. Any other is refused, (H, W, 3) too: pixels must come channel by channel.
    /// </value>
    public ImageInput? Input { get; init; }

    /// <summary>Gets the number of components of an embedding, D.</summary>
    /// <value>The default is 64. Ten do for ten digits.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Dimension { get; init => field = Guard.AtLeast(value, 1); } = 64;

    /// <summary>Gets what makes the network for an input and a dimension: (B, C, H, W) → (B, D).</summary>
    /// <value>
    /// The default is <see cref="EmbeddingNetworks.SmallResidual"/>, for pictures of up to about 64x64; <see cref="EmbeddingNetworks.Residual"/>
    /// suits larger ones. A network of your own may be of all layers that <see cref="Export.OnnxExporter"/> knows.
    /// </value>
    /// <remarks>
    /// A module that a function of your own returns is not disposed: after training it has the exported weights. If the function returns the
    /// same module again, the next run trains it on. Modules that you do not keep are freed by the garbage collector; dispose large ones.
    /// </remarks>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Func<ImageInput, int, torch.nn.Module<torch.Tensor, torch.Tensor>> Network { get; init => field = NotNull(value, nameof(Network)); } = EmbeddingNetworks.SmallResidual;

    /// <summary>Gets whether embeddings are normalised to length 1, in training and in the exported network.</summary>
    /// <value>The default is true (Schroff et al., FaceNet, 2015).</value>
    public bool Normalize { get; init; } = true;

    /// <summary>Gets the distance that the loss and the miner see.</summary>
    /// <value>The default is the plain Euclidean distance.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public EmbeddingDistance Distance { get; init => field = NotNull(value, nameof(Distance)); } = new EuclideanDistance();

    /// <summary>Gets what chooses the triplets of a batch.</summary>
    /// <value>The default is <see cref="SemiHardMiner"/>: batch-hard mining collapses many networks from a cold start.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public TripletMiner Miner { get; init => field = NotNull(value, nameof(Miner)); } = new SemiHardMiner();

    /// <summary>Gets how much nearer a positive shall be than a negative, in the unit of <see cref="Distance"/>.</summary>
    /// <value>The default is 0.3, between 0.2 (FaceNet) and what served best on held-out digits.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double Margin { get; init => field = Guard.AtLeast(value, 0.0); } = DefaultMargin;

    /// <summary>Gets the loss.</summary>
    /// <value>The default, null, is <see cref="TripletMarginLoss"/> of <see cref="Margin"/>; any other loss ignores <see cref="Margin"/>.</value>
    public TripletLoss? Loss { get; init; }

    /// <summary>Gets what lays the rows out in batches.</summary>
    /// <value>The default is P × K = 10 classes × 16 images (Hermans et al., In Defense of the Triplet Loss, 2017).</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public BatchSampler Sampler { get; init => field = NotNull(value, nameof(Sampler)); } = new ClassBalancedSampler(classesPerBatch: 10, imagesPerClass: 16);

    /// <summary>Gets how often the rows are gone through.</summary>
    /// <value>The default is 10.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Epochs { get; init => field = Guard.AtLeast(value, 1); } = 10;

    /// <summary>Gets the most batches of one epoch, for an epoch shorter than the rows.</summary>
    /// <value>The default, null, is as many as the sampler gives.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? StepsPerEpoch { get; init => field = value is { } steps ? Guard.AtLeast(steps, 1) : null; }

    /// <summary>Gets how training images are moved, turned, scaled and sheared at random.</summary>
    /// <value>The default, null, is not at all.</value>
    public AffineAugmentation? Augmentation { get; init; }

    /// <summary>Gets how gradients change weights.</summary>
    /// <value>The default is <see cref="OptimizerKind.Adam"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not an optimizer.</exception>
    public OptimizerKind Optimizer { get; init => field = Guard.Defined(value); } = OptimizerKind.Adam;

    /// <summary>Gets the highest learning rate.</summary>
    /// <value>The default is 0.002.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not greater than 0.</exception>
    public double LearningRate { get; init => field = Guard.Above(value, 0.0); } = 2e-3;

    /// <summary>Gets how the learning rate changes over the run.</summary>
    /// <value>The default is <see cref="OneCycleSchedule"/>.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public LearningRateSchedule Schedule { get; init => field = NotNull(value, nameof(Schedule)); } = new OneCycleSchedule();

    /// <summary>Gets the weight decay.</summary>
    /// <value>The default is 0.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not a number.</exception>
    public double WeightDecay { get; init => field = Guard.AtLeast(value, 0.0); }

    /// <summary>Gets the span over which the exported weights are an exponential moving average, as a share of all steps.</summary>
    /// <value>The default is 0.1; 0 exports the last weights as they are.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public double WeightAveraging { get; init => field = Guard.InRange(value, 0.0, 1.0); } = 0.1;

    /// <summary>Gets the share of all rows that is held out to validate on, and never trained on.</summary>
    /// <value>
    /// The default is 0.05. 0 trains on all rows and reports no validation. Of a class of n rows, at least n times the share is held out,
    /// rounded down: with the default, at least one row of every class of 20 rows or more. Of smaller classes, one row of some of them is held
    /// out, chosen at random, so that the share holds over all rows. Two rows of each class are always kept to train on. A warning is logged
    /// if nothing can be held out, because no class has three rows.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 0.9].</exception>
    public double ValidationFraction { get; init => field = Guard.InRange(value, 0.0, 0.9); } = 0.05;

    /// <summary>Gets after how many epochs without a better precision@1 on the held-out rows training ends, with the best epoch's weights.</summary>
    /// <value>The default, null, never ends early. Training throws if it is set and nothing is held out.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? EarlyStoppingPatience { get; init => field = value is { } epochs ? Guard.AtLeast(epochs, 1) : null; }

    /// <summary>Gets the seed of all that is random: initial weights, the held-out rows, batches, augmentation, dropout.</summary>
    /// <value>
    /// The default is 1. On one machine and with one number of threads, one seed gives one network, bit for bit, unless
    /// <see cref="Network"/> returns a module that was trained before.
    /// </value>
    public int Seed { get; init; } = 1;

    /// <summary>Gets the number of threads that TorchSharp computes with during the run.</summary>
    /// <value>
    /// The default, null, does not change it: one for each processor. It is a setting of the whole process, and is restored afterwards. A
    /// run may be resumed with another number; the network then differs by rounding.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? Threads { get; init => field = value is { } threads ? Guard.AtLeast(threads, 1) : null; }

    /// <summary>Gets the file that keeps the state of the run: after each epoch, and when the run is cancelled.</summary>
    /// <value>
    /// The default, null, keeps none. Training throws before it begins if the file cannot be written, or if another run writes it. If writing
    /// fails later, for example because the disk is full, a warning is logged, the file of an earlier epoch is kept, and training continues.
    /// </value>
    public string? Checkpoint { get; init; }

    /// <summary>Gets whether a run goes on from <see cref="Checkpoint"/> where that file is there.</summary>
    /// <value>
    /// The default is false: an old file is replaced. A resumed run ends bit-equal to one that was never stopped. A file of other options or
    /// other data is refused, and the exception lists the differences. Only <see cref="Threads"/>, <see cref="Checkpoint"/>,
    /// <see cref="Resume"/>, <see cref="Metadata"/>, <see cref="Embedding"/>, <see cref="Progress"/> and <see cref="CancellationToken"/> may
    /// differ. Networks are compared by their modules, the settings of these and the shapes of the weights; parts of your own by their
    /// <see cref="RecipePart.Description"/>.
    /// </value>
    public bool Resume { get; init; }

    /// <summary>Gets what is written into the exported network's metadata beside what describes it, for example the name of the data.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = NotNull(value, nameof(Metadata)); } = new Dictionary<string, string>();

    /// <summary>Gets how the fitted transformer scores.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public EmbedImagesOptions Embedding { get; init => field = NotNull(value, nameof(Embedding)); } = new();

    /// <summary>Gets what hears of the run after some batches and after each epoch, on the thread that trains.</summary>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Gets what ends the run early with <see cref="OperationCanceledException"/>, after the checkpoint was written.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal TripletLoss EffectiveLoss => Loss ?? new TripletMarginLoss(Margin);

    /// <summary>Refuses options that contradict each other, and warns of those that have no effect.</summary>
    internal void Check(Action<string> warn)
    {
        if (EarlyStoppingPatience is not null && ValidationFraction == 0)
        {
            throw new ArgumentException(
                $"{nameof(EarlyStoppingPatience)} waits for a better precision@1 on held-out rows, but {nameof(ValidationFraction)} is 0: none are held out. Set it, or leave the patience out.",
                nameof(EarlyStoppingPatience));
        }

        if (Resume && Checkpoint is null)
        {
            throw new ArgumentException($"{nameof(Resume)} is set without the {nameof(Checkpoint)} to go on from. Name the file.", nameof(Resume));
        }

        if (Checkpoint is not null && string.IsNullOrWhiteSpace(Checkpoint))
        {
            throw new ArgumentException($"{nameof(Checkpoint)} is blank. Name a file, or leave it out.", nameof(Checkpoint));
        }

        if (Loss is not null && Margin != DefaultMargin)
        {
            warn($"{nameof(Margin)} has no effect, since {nameof(Loss)} is set. Set the margin of {Loss.GetType().Name} instead, if it has one.");
        }
    }

    /// <summary>Describes in one line the options that determine the result, for the network's metadata.</summary>
    internal string Describe(torch.nn.Module network)
    {
        long parameters = network.parameters().Sum(parameter => parameter.numel());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"network {Network.Method.Name} of {parameters} parameters, dimension {Dimension}, normalize {Normalize}, {PartDescription.Of(Distance, nameof(Distance))}, "
            + $"{PartDescription.Of(Miner, nameof(Miner))}, {PartDescription.Of(EffectiveLoss, nameof(Loss))}, {PartDescription.Of(Sampler, nameof(Sampler))}, epochs {Epochs}, steps {StepsPerEpoch?.ToString(CultureInfo.InvariantCulture) ?? "all"}, "
            + $"{(Augmentation is null ? "no augmentation" : $"{Augmentation}")}, {Optimizer} {LearningRate} decay {WeightDecay}, {PartDescription.Of(Schedule, nameof(Schedule))}, "
            + $"averaging {WeightAveraging}, validation {ValidationFraction}, patience {EarlyStoppingPatience?.ToString(CultureInfo.InvariantCulture) ?? "none"}, seed {Seed}");
    }

    private static T NotNull<T>(T value, string name)
    {
        ArgumentNullException.ThrowIfNull(value, name);
        return value;
    }
}
