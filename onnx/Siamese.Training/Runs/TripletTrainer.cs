using System.Diagnostics;
using System.Globalization;
using Siamese.Training.Distances;
using Siamese.Training.Export;
using Siamese.Training.Losses;
using Siamese.Training.Miners;
using Siamese.Training.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>Trains one network on rows in memory.</summary>
internal sealed class TripletTrainer : IDisposable
{
    /// <summary>Rows that are embedded at once when nothing is learned; more take memory and save no time.</summary>
    private const int EmbeddingBatch = 256;

    /// <summary>Pixels that are embedded at once: fewer rows where images are large.</summary>
    private const int EmbeddingPixels = 64 << 20;

    /// <summary>Held-out rows and references that an epoch is judged by: enough for a standard error of 0.1 % near 99.5 %.</summary>
    private const int MostValidationRows = 5000;

    private const int StepsBetweenReports = 10;

    private readonly TripletNetworkOptions _options;
    private readonly TrainingRows _rows;
    private readonly Action<string> _warn;
    private readonly RandomSeeds _seeds;
    private readonly RowSplit _split;
    private readonly int[] _trainingLabels;
    private readonly nn.Module<Tensor, Tensor> _network;
    private readonly OptimizerHelper _optimizer;
    private readonly TripletLoss _loss;
    private readonly NamedTensors _averages;
    private readonly NamedTensors _best;
    private readonly Checkpoint? _checkpoint;
    private readonly Tensor _mean;
    private readonly Tensor _scale;
    private readonly int[] _heldOut;
    private readonly int[] _references;
    private RunState _state = new();
    private bool _hasBest;
    private float[] _distances = [];

    public TripletTrainer(TripletNetworkOptions options, TrainingRows rows, Action<string> warn)
    {
        _options = options;
        _rows = rows;
        _warn = warn;
        _seeds = new RandomSeeds(options.Seed);
        _split = RowSplit.Create(rows.Labels, rows.Classes.Count, options.ValidationFraction, _seeds.HeldOutRows());
        CheckHeldOut();
        _trainingLabels = Array.ConvertAll(_split.Training, row => rows.Labels[row]);
        manual_seed(_seeds.Weights());
        _network = options.Network(rows.Input, options.Dimension) ?? throw new ArgumentException("Network returned null instead of a module.", nameof(options));
        _optimizer = options.Optimizer == OptimizerKind.AdamW
            ? optim.AdamW(_network.parameters(), options.LearningRate, weight_decay: options.WeightDecay)
            : optim.Adam(_network.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        _loss = options.EffectiveLoss;
        _averages = NamedTensors.CopyOf(_network);
        _best = NamedTensors.CopyOf(_network);
        _checkpoint = options.Checkpoint is { } path ? new Checkpoint(path, RunRecipe.Create(options, rows, _network)) : null;
        _mean = tensor(rows.Input.Mean.ToArray()).view(1, -1, 1, 1).DetachFromDisposeScope();
        _scale = tensor(rows.Input.Scale.ToArray()).view(1, -1, 1, 1).DetachFromDisposeScope();
        _heldOut = Evenly(_split.HeldOut, MostValidationRows);
        _references = Evenly(_split.Training, MostValidationRows);
    }

    /// <summary>Gets the network; after <see cref="Run"/>, with the weights to export.</summary>
    public nn.Module<Tensor, Tensor> Network => _network;

    public RowSplit Split => _split;

    /// <summary>Trains to the end, or from a checkpoint to the end.</summary>
    /// <returns>What came of it; the network has the weights to export.</returns>
    public TrainingReport Run()
    {
        if (_options.Resume && _checkpoint is { Exists: true })
        {
            Resume();
        }

        while (!_state.Ended)
        {
            RunEpoch();
        }

        (_hasBest ? _best : _averages).CopyTo(_network);
        return new TrainingReport(
            _state.Epochs, _state.TotalSteps, _state.Images, _state.Seconds, _split.Training.Length, _split.HeldOut.Length, _rows.Classes.Count, double.NaN);
    }

    /// <summary>Gets the embeddings of rows: (n, D), without gradients.</summary>
    public Tensor Embed(int[] rows)
    {
        using var guard = no_grad();
        using var evaluation = new EvaluationMode(_network);
        var parts = new List<Tensor>();
        int most = Math.Clamp(EmbeddingPixels / _rows.Input.Length, 1, EmbeddingBatch);
        for (int first = 0; first < rows.Length; first += most)
        {
            using DisposeScope scope = NewDisposeScope();
            using Tensor images = Pixels(rows[first..Math.Min(rows.Length, first + most)]);
            parts.Add(Forward(images).MoveToOuterDisposeScope());
        }

        Tensor all = cat(parts, 0);
        parts.ForEach(part => part.Dispose());
        return all;
    }

    /// <summary>Gets the pixels of rows: (n, C, H, W) float32 of [0, 255].</summary>
    public Tensor Pixels(int[] rows) => _rows.Pixels.ToTensor(rows, _rows.Input);

    /// <summary>Gets the greatest length of the embeddings of rows.</summary>
    public double LongestEmbedding(int[] rows)
    {
        using DisposeScope scope = NewDisposeScope();
        return Embed(rows).norm(1).max().item<float>();
    }

    public void Dispose()
    {
        // A module that the caller's function returned belongs to the caller, who may use it or train it on.
        if (EmbeddingNetworks.IsOurs(_options.Network))
        {
            _network.Dispose();
        }
        else
        {
            // Gradients are as large as the weights, and are not needed any more.
            foreach (Tensor parameter in _network.parameters())
            {
                parameter.grad = null;
            }
        }

        _optimizer.Dispose();
        _averages.Dispose();
        _best.Dispose();
        _mean.Dispose();
        _scale.Dispose();
    }

    private static int[] Evenly(int[] rows, int most) =>
        rows.Length <= most ? rows : [.. Enumerable.Range(0, most).Select(i => rows[(int)((long)i * rows.Length / most)])];

    /// <summary>Refuses or warns of options that have no effect because no row can be held out.</summary>
    private void CheckHeldOut()
    {
        if (_split.HeldOut.Length > 0 || _options.ValidationFraction == 0)
        {
            return;
        }

        const string Reason = "no row can be held out: two rows of each class are kept to train on, and no class has three";
        if (_options.EarlyStoppingPatience is not null)
        {
            throw new ArgumentException(
                $"{nameof(TripletNetworkOptions.EarlyStoppingPatience)} waits for a better precision@1 on held-out rows, but {Reason}. Add images, or leave it out.",
                nameof(TripletNetworkOptions.EarlyStoppingPatience));
        }

        _warn($"{nameof(TripletNetworkOptions.ValidationFraction)} has no effect, since {Reason}. The run is not validated.");
    }

    private void RunEpoch()
    {
        int[][] batches = [.. _options.Sampler.Epoch(_trainingLabels, _seeds.Batches(_state.Epoch))];
        if (_options.StepsPerEpoch is { } most && batches.Length > most)
        {
            batches = batches[..most];
        }

        if (batches.Length == 0)
        {
            throw new ArgumentException(
                $"The sampler gave no batch of the {_trainingLabels.Length} training rows. Choose smaller batches.", nameof(TripletNetworkOptions.Sampler));
        }

        _network.train();
        var watch = Stopwatch.StartNew();
        double before = _state.Seconds;
        while (_state.Step < batches.Length)
        {
            if (_options.CancellationToken.IsCancellationRequested)
            {
                TryWrite();
                _options.CancellationToken.ThrowIfCancellationRequested();
            }

            double loss;
            try
            {
                loss = TrainOn(batches[_state.Step], batches.Length);
            }
            catch (NotFiniteNumberException exception)
            {
                // Miners throw it before the loss is computed.
                throw Diverged(exception.Message.TrimEnd('.'), exception);
            }

            if (!double.IsFinite(loss))
            {
                throw Diverged($"The loss became {loss.ToString(CultureInfo.InvariantCulture)}", null);
            }

            _state.LossSum += loss;
            _state.Step++;
            _state.TotalSteps++;
            _state.Images += batches[_state.Step - 1].Length;
            _state.Seconds = before + watch.Elapsed.TotalSeconds;
            if (_state.Step % StepsBetweenReports == 0 && _state.Step < batches.Length)
            {
                Report(batches.Length, null);
            }
        }

        EndEpoch(batches.Length);
    }

    private InvalidOperationException Diverged(string what, Exception? inner) => new(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{what} in epoch {_state.Epoch + 1}, batch {_state.Step + 1}: the run diverged. Lower {nameof(TripletNetworkOptions.LearningRate)}, which is {_options.LearningRate}."),
        inner);

    private double TrainOn(int[] batch, int batches)
    {
        using DisposeScope scope = NewDisposeScope();
        Random random = _seeds.Step(_state.Epoch, _state.Step);
        manual_seed(_seeds.Dropout(_state.Epoch, _state.Step));
        int total = batches * _options.Epochs;
        int done = (batches * _state.Epoch) + _state.Step;
        double rate = _options.LearningRate * _options.Schedule.Factor((double)done / total);
        foreach (optim.ILearningRateController group in _optimizer.ParamGroups)
        {
            group.LearningRate = rate;
        }

        Tensor images = Pixels(Array.ConvertAll(batch, index => _split.Training[index]));
        if (_options.Augmentation is { } augmentation)
        {
            images = augmentation.Apply(images, random);
        }

        _optimizer.zero_grad();
        Tensor loss = Loss(Forward(images), Array.ConvertAll(batch, index => _trainingLabels[index]), random);
        loss.backward();
        _optimizer.step();
        Average(done, total);
        return loss.item<float>();
    }

    private Tensor Forward(Tensor images)
    {
        Tensor embeddings = _network.call((images - _mean) * _scale);
        if (embeddings.dim() != 2 || embeddings.shape[1] != _options.Dimension)
        {
            throw new InvalidOperationException(
                $"The network gave ({string.Join(", ", embeddings.shape)}) for {images.shape[0]} images, but ({images.shape[0]}, {_options.Dimension}) was expected.");
        }

        return _options.Normalize ? nn.functional.normalize(embeddings, 2, 1) : embeddings;
    }

    private Tensor Loss(Tensor embeddings, int[] labels, Random random)
    {
        Tensor matrix = _options.Distance.Matrix(embeddings);
        int length = labels.Length * labels.Length;
        if (_distances.Length != length)
        {
            _distances = new float[length];
        }

        using (Tensor plain = matrix.detach())
        {
            plain.data<float>().CopyTo(_distances);
        }

        Triplets triplets = _options.Miner.Mine(_distances, labels, random);
        return _loss.Forward(matrix, triplets);
    }

    private void Average(int done, int total)
    {
        // A moving average over n steps keeps 1 − 1/n of itself; it starts short, so that the first weights are soon forgotten.
        double span = _options.WeightAveraging * total;
        if (span > 1)
        {
            _averages.Average(_network, Math.Min(1 - (1 / span), (1.0 + done) / (10.0 + done)));
        }
    }

    private void EndEpoch(int steps)
    {
        using NamedTensors weights = NamedTensors.CopyOf(_network);
        if (_options.WeightAveraging * steps * _options.Epochs <= 1)
        {
            _averages.CopyFrom(weights);
        }

        _averages.CopyTo(_network);
        EpochReport report = Validate(_state.LossSum / steps);
        weights.CopyTo(_network);
        _state.Epochs.Add(report);
        if (report.Collapsed)
        {
            _warn(
                $"Epoch {_state.Epoch + 1}: the network has collapsed: it gives images of different classes all but the same embedding. "
                + "Train with a semi-hard miner first, a lower learning rate, or a margin greater than 0.");
        }

        if (_options.EarlyStoppingPatience is { } patience && report.PrecisionAt1 is { } precision)
        {
            _state.EpochsSinceBest++;
            if (precision > _state.BestPrecision)
            {
                _state.BestPrecision = precision;
                _state.EpochsSinceBest = 0;
                _hasBest = true;
                _best.CopyFrom(_averages);
            }

            _state.Ended = _state.EpochsSinceBest >= patience;
        }

        Report(steps, report);
        _state.Epoch++;
        _state.Step = 0;
        _state.LossSum = 0;
        _state.Ended |= _state.Epoch >= _options.Epochs;
        TryWrite();
    }

    private EpochReport Validate(double loss)
    {
        using DisposeScope scope = NewDisposeScope();
        using var guard = no_grad();
        Tensor references = Embed(_references);
        bool collapsed = IsCollapsed(references, Array.ConvertAll(_references, row => _rows.Labels[row]));
        if (_heldOut.Length == 0)
        {
            return new EpochReport(loss, null, null, collapsed);
        }

        Tensor queries = Embed(_heldOut);
        return new EpochReport(loss, ValidationLoss(queries), PrecisionAt1(queries, references), collapsed);
    }

    private double PrecisionAt1(Tensor queries, Tensor references)
    {
        Tensor squares = references.square().sum(1);
        int right = 0;
        for (int first = 0; first < _heldOut.Length; first += EmbeddingBatch)
        {
            using DisposeScope scope = NewDisposeScope();
            int last = Math.Min(_heldOut.Length, first + EmbeddingBatch);
            Tensor nearest = (squares - (2 * queries.slice(0, first, last, 1).mm(references.t()))).argmin(1);
            long[] found = nearest.data<long>().ToArray();
            right += found.Where((reference, i) => _rows.Labels[_references[reference]] == _rows.Labels[_heldOut[first + i]]).Count();
        }

        return (double)right / _heldOut.Length;
    }

    private double? ValidationLoss(Tensor embeddings)
    {
        // A class with one held-out row can be nobody's positive.
        int[] usable = [.. Enumerable.Range(0, _heldOut.Length)
            .GroupBy(i => _rows.Labels[_heldOut[i]]).Where(rows => rows.Count() > 1).SelectMany(rows => rows).Order()];
        int[] classes = [.. usable.Select(i => _rows.Labels[_heldOut[i]]).Distinct().Order()];
        if (classes.Length < 2)
        {
            return null;
        }

        int[] labels = Array.ConvertAll(usable, i => Array.BinarySearch(classes, _rows.Labels[_heldOut[i]]));
        Random random = _seeds.Validation();
        var losses = new List<double>();
        foreach (int[] batch in _options.Sampler.Epoch(labels, random).Take(_options.StepsPerEpoch ?? int.MaxValue))
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor rows = embeddings.index_select(0, tensor(Array.ConvertAll(batch, index => (long)usable[index])));
            losses.Add(Loss(rows, Array.ConvertAll(batch, index => labels[index]), random).item<float>());
        }

        return losses.Count == 0 ? null : losses.Average();
    }

    /// <summary>Whether images of different classes are as near to each other as images of one class, or all are at one place.</summary>
    private static bool IsCollapsed(Tensor embeddings, int[] labels)
    {
        const int MostRows = 500;
        int[] some = Evenly([.. Enumerable.Range(0, labels.Length)], MostRows);
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = embeddings.index_select(0, tensor(Array.ConvertAll(some, row => (long)row)));
        float[] distances = new EuclideanDistance().Matrix(rows).data<float>().ToArray();
        double length = rows.norm(1).mean().item<float>();
        double within = 0;
        double between = 0;
        long withinCount = 0;
        long betweenCount = 0;
        for (int i = 0; i < some.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (labels[some[i]] == labels[some[j]])
                {
                    within += distances[(i * some.Length) + j];
                    withinCount++;
                }
                else
                {
                    between += distances[(i * some.Length) + j];
                    betweenCount++;
                }
            }
        }

        if (betweenCount == 0)
        {
            return false;
        }

        between /= betweenCount;
        return between <= 0.01 * length || (withinCount > 0 && between <= 1.05 * within / withinCount);
    }

    private void Report(int steps, EpochReport? finished)
    {
        double rate = _state.Seconds > 0 ? _state.Images / _state.Seconds : 0;
        _options.Progress?.Report(new TrainingProgress(
            _state.Epoch + 1, _options.Epochs, _state.Step, steps, _state.LossSum / Math.Max(1, _state.Step), rate, finished));
    }

    /// <summary>Writes the checkpoint, or warns: a full disk does not end a run, and the file of an earlier epoch is kept.</summary>
    private void TryWrite()
    {
        if (_checkpoint is null)
        {
            return;
        }

        try
        {
            using NamedTensors weights = NamedTensors.CopyOf(_network);
            _checkpoint.Write(_state, weights, _averages, _hasBest ? _best : null, _optimizer);
        }
        catch (IOException exception)
        {
            _warn($"Epoch {Math.Max(1, _state.Epoch)}: the checkpoint could not be written; training continues without it. {exception.Message}");
        }
    }

    private void Resume()
    {
        using NamedTensors weights = NamedTensors.CopyOf(_network);
        (_state, _hasBest) = _checkpoint!.Read(_options.Epochs, weights, _averages, _best, _optimizer);
        weights.CopyTo(_network);
    }
}
