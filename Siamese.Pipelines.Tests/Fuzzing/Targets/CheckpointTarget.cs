using System.Security.Cryptography;
using Microsoft.ML;
using Siamese.Pipelines.Images;
using Siamese.Training;
using Siamese.Training.Native;
using Siamese.Training.Samplers;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Resumes a training from checkpoints.</summary>
internal sealed class CheckpointTarget : FuzzTarget
{
    private readonly MLContext _ml = new(1);
    private readonly IDataView _rows;
    private readonly TripletNetworkOptions _options;

    public CheckpointTarget()
    {
        TorchLibrary.EnsureLoaded();
        _rows = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(24));
        _options = new TripletNetworkOptions
        {
            Input = new ImageInput(SmallNetwork.Side, SmallNetwork.Side, ColorOrder.Grayscale),
            Dimension = 2,
            Epochs = 2,
            StepsPerEpoch = 1,
            Threads = 1,
            Sampler = new ClassBalancedSampler(3, 2),
            Network = (input, dimension) => nn.Sequential(nn.Flatten(), nn.Linear(input.Length, dimension)),
            Resume = true,
        };
    }

    public override string Name => "checkpoints";

    public override int UsualCount => 300;

    /// <summary>Weights that were changed are weights all the same, but the run may diverge with them.</summary>
    public override bool IsDocumented(Exception exception) =>
        base.IsDocumented(exception) || (exception is InvalidOperationException && exception.Message.Contains("diverged", StringComparison.Ordinal));

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "run.checkpoint");
        File.WriteAllBytes(path, input);
        Train(_options with { Checkpoint = path });
    }

    protected override byte[] Repair(byte[] input)
    {
        if (input.Length > SHA256.HashSizeInBytes)
        {
            int length = input.Length - SHA256.HashSizeInBytes;
            SHA256.HashData(input.AsSpan(0, length), input.AsSpan(length));
        }

        return input;
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        string folder = Directory.CreateTempSubdirectory("siamese-fuzz-").FullName;
        try
        {
            string path = Path.Combine(folder, "run.checkpoint");
            using var stop = new CancellationTokenSource();
            try
            {
                Train(_options with { Checkpoint = path, CancellationToken = stop.Token, Progress = new Now(stop) });
            }
            catch (OperationCanceledException)
            {
                // After the first epoch.
            }

            yield return File.ReadAllBytes(path);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Train(TripletNetworkOptions options) => _ml.MetricLearning.TripletNetwork("Embedding", "Pixels", options: options).Fit(_rows).Dispose();

    private sealed class Now(CancellationTokenSource stop) : IProgress<Siamese.Training.Runs.TrainingProgress>
    {
        public void Report(Siamese.Training.Runs.TrainingProgress value)
        {
            if (value.Finished is not null)
            {
                stop.Cancel();
            }
        }
    }
}
