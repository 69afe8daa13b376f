using Microsoft.ML;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Training.Runs;
using Siamese.Training.Samplers;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training;

/// <summary>A training that takes a fraction of a second, on rows such as those of <see cref="StripedImages"/>.</summary>
internal static class SmallRun
{
    private static readonly MLContext _context = new(seed: 1);

    public static TripletNetworkOptions Small => new()
    {
        Dimension = 5,
        Network = Tiny,
        Sampler = new ClassBalancedSampler(4, 4),
        Epochs = 2,
        LearningRate = 0.01,
        ValidationFraction = 0.2,
        Threads = 1,
    };

    public static nn.Module<Tensor, Tensor> Tiny(ImageInput input, int dimension) => nn.Sequential(
        ("conv", nn.Conv2d(input.Channels, 8, 3, padding: 1)),
        ("bn", nn.BatchNorm2d(8)),
        ("relu", nn.ReLU()),
        ("flatten", nn.Flatten()),
        ("dense", nn.Linear(8 * input.Width * input.Height, dimension)));

    public static nn.Module<Tensor, Tensor> WithDropout(ImageInput input, int dimension) => nn.Sequential(
        ("dropout", nn.Dropout(0.1)),
        ("net", Tiny(input, dimension)));

    /// <summary>Trains, and returns the hash of the network's file.</summary>
    public static string Identity(IDataView rows, TripletNetworkOptions options)
    {
        using TripletNetworkTransformer embedder = Fit(rows, options);
        return embedder.Model.Identity;
    }

    public static TripletNetworkTransformer Fit(IDataView rows, TripletNetworkOptions options) => Fit(_context, rows, options);

    public static TripletNetworkTransformer Fit(MLContext ml, IDataView rows, TripletNetworkOptions options) =>
        ml.MetricLearning.TripletNetwork("Embedding", "Image", "Label", options).Fit(rows);

    /// <summary>Trains, and returns the warnings.</summary>
    public static IReadOnlyList<string> Warnings(IDataView rows, TripletNetworkOptions options)
    {
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, log) =>
        {
            if (log.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(log.Message ?? string.Empty);
            }
        };
        Fit(ml, rows, options).Dispose();
        return warnings;
    }

    /// <summary>Hears of a run on the thread that trains.</summary>
    public sealed class Listener(Action<TrainingProgress> hear) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => hear(value);
    }
}
