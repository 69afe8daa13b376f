using Microsoft.ML;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Training.Augmentation;
using Siamese.Training.Datasets;
using Siamese.Training.Networks;
using Spectre.Console;
using TorchSharp;

namespace Siamese.Samples.Benchmarks;

/// <summary>Images that a run trains on in a second: forward, mining, loss, backward, optimizer, at a batch of 160 (10 × 16).</summary>
internal static class TrainingBenchmark
{
    private const int Rounds = 3;

    public static void Run()
    {
        var ml = new MLContext(seed: 1);
        IDataView digits = MnistDataset.Load(Path.Combine(AppContext.BaseDirectory, "digits")).Train.ToDataView(ml);
        var table = new Table().Title($"Training, batch 160, semi-hard triplets; medians of {Rounds} rounds").Border(TableBorder.Rounded);
        table.AddColumns("network", "augmented", "threads", "images/s");
        (string Name, Func<ImageInput, int, torch.nn.Module<torch.Tensor, torch.Tensor>> Network, bool Augmented)[] cases =
        [
            ("Plain, the course project's", EmbeddingNetworks.Plain, false),
            ("SmallResidual, the default", EmbeddingNetworks.SmallResidual, false),
            ("SmallResidual, the default", EmbeddingNetworks.SmallResidual, true),
        ];
        foreach ((string name, var network, bool augmented) in cases)
        {
            var options = new TripletNetworkOptions
            {
                Dimension = 10,
                Network = network,
                Augmentation = augmented ? new AffineAugmentation() : null,
                Epochs = 6,
                WeightAveraging = 0,
                ValidationFraction = 0,
            };
            double[] rates = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                using TripletNetworkTransformer embedder = ml.MetricLearning.TripletNetwork("Embedding", "Image", options: options).Fit(digits);
                rates[round] = embedder.Report.ImagesPerSecond;
            }

            table.AddRow(name, augmented ? "yes" : "no", $"{torch.get_num_threads()}", $"{Sample.Median(rates):N0}");
        }

        AnsiConsole.Write(table);
    }
}
