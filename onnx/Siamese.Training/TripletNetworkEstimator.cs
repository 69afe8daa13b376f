using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Runtime;
using Siamese.Pipelines;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Training.Distances;
using Siamese.Training.Export;
using Siamese.Training.Native;
using Siamese.Training.Runs;
using static TorchSharp.torch;

namespace Siamese.Training;

/// <summary>Trains an embedding network by triplet loss in TorchSharp, exports it to ONNX, and embeds with the exported network.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input columns</term><description>image: text, the paths of image files, which are turned upright; images (<see cref="MLImage"/>); or vectors of
/// <see cref="float"/> pixels of [0, 255], channel by channel; label: a key, a number or text, only read when fitted</description></item>
/// <item><term>Rows without a label</term><description>are left out of training, and a warning in ML.NET's log tells how many: a missing key, an empty text,
/// NaN</description></item>
/// <item><term>Output column</term><description>a vector of D <see cref="float"/>; with <see cref="EmbedImagesOptions.HiddenColumnName"/> another of H</description></item>
/// <item><term>Reads rows when fitted</term><description>yes, once, into memory: a byte a pixel, or 4 where a pixel is not a whole number of [0, 255]</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes, but see <see cref="SavedResize"/></description></item>
/// <item><term>Needs beside ML.NET</term><description>libtorch to be fitted (a package such as libtorch-cpu-linux-x64), not to be used</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. The network is an ONNX file already: <see cref="EmbeddingModel.Save"/></description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// <para>
/// Prefer a column of paths to ML.NET's <c>LoadImages</c>, which ignores EXIF orientation: the network would learn photographs lying on their side, and
/// <see cref="ImageEmbedder.Embed(string)"/>, which turns them, would then embed otherwise. <see cref="EmbedImagesOptions.ImageFolder"/> and
/// <see cref="EmbedImagesOptions.File"/> of <see cref="TripletNetworkOptions.Embedding"/> hold for training and for the fitted transformer.
/// </para>
/// </remarks>
public sealed class TripletNetworkEstimator : IEstimator<TripletNetworkTransformer>
{
    /// <summary>The largest rounding error of a component, as a share of the embedding's length.</summary>
    private const double LargestAllowedDifference = 1e-5;

    /// <summary>The same for embeddings shorter than 1, which may be differences of larger numbers.</summary>
    private const double LargestAllowedOfShort = 1e-3;

    private const int RowsToVerify = 64;

    private readonly MLContext _ml;
    private readonly string _outputColumn;
    private readonly string _imageColumn;
    private readonly string _labelColumn;
    private readonly TripletNetworkOptions _options;

    internal TripletNetworkEstimator(MLContext ml, string outputColumn, string imageColumn, string labelColumn, TripletNetworkOptions options)
    {
        options.Embedding.CheckColumns(outputColumn);
        _ml = ml;
        _outputColumn = outputColumn;
        _imageColumn = imageColumn;
        _labelColumn = labelColumn;
        _options = options;
    }

    /// <summary>Trains, exports, and checks the exported network against the trained one.</summary>
    /// <param name="input">Has the image and label columns, at least two classes, and at least two images of each.</param>
    /// <returns>The transformer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type; there are too few classes or images; images differ in size
    /// while no input size was given; an option cannot be fulfilled, such as early stopping if nothing can be held out.</exception>
    /// <exception cref="InvalidOperationException">Training diverged, a pixel is not finite, the images take more memory than there is, or the
    /// training was started from within another.</exception>
    /// <exception cref="ExportedNetworkException">The exported network differs from the trained one by more than rounding errors; its file is kept.</exception>
    /// <exception cref="IOException">The checkpoint cannot be written, or another run writes it. It is thrown before training begins.</exception>
    /// <exception cref="NotSupportedException">The network has a module that cannot be exported.</exception>
    /// <exception cref="InvalidDataException">
    /// The checkpoint to go on from is damaged or belongs to another run, or an image file cannot be decoded; the error names its row.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no image file at a path; the error names its row.</exception>
    /// <exception cref="TorchLibraryException">The native library of TorchSharp is missing or cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; a checkpoint was written if one was asked for and a step was taken.</exception>
    /// <remarks>
    /// <para>
    /// Trainings run one at a time in a process, since torch has one random number generator and one number of threads: a second call
    /// waits until the first has ended or until it is canceled. Both are restored afterwards. Code that draws random numbers from torch, or
    /// sets its seed or its number of threads, on another thread during a training changes the result of the training.
    /// </para>
    /// <para>A call from within a training, for example from its <see cref="TripletNetworkOptions.Progress"/>, throws.</para>
    /// </remarks>
    public TripletNetworkTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        TorchTurn.ThrowIfInside();
        _options.Check(Warn);
        TorchLibrary.EnsureLoaded();
        using OutputLock? checkpoint = HoldCheckpoint();
        TrainingRows rows = TrainingRowsReader.Read(input, _imageColumn, _labelColumn, _options);
        WarnOfRowsWithoutLabel(rows);
        using TorchTurn turn = TorchTurn.Take(_options.Threads, _options.CancellationToken);
        using var trainer = new TripletTrainer(_options, rows, Warn);
        string recipe = _options.Describe(trainer.Network);

        // What cannot be exported is refused now, and not after hours of training.
        ImageColumnKind kind = ImageColumnKinds.Of(input.Schema[_imageColumn].Type);
        EmbeddingModel.Load(Export(trainer, rows, recipe)).CreateStep(_outputColumn, _imageColumn, kind, _options.Embedding);
        TrainingReport report = trainer.Run();
        byte[] onnx = Export(trainer, rows, recipe);
        (EmbeddingModel model, double difference) = Verified(onnx, trainer, ExportOptions(rows, recipe));
        var transformer = new TripletNetworkTransformer(
            _ml, model, _outputColumn, _imageColumn, kind, _options.Embedding, report with { LargestDifference = difference, RowsWithoutLabel = rows.WithoutLabel }, rows.InView(trainer.Split), rows.RowCount);
        if (rows.Resized)
        {
            transformer.MarkResized();
        }

        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => VectorColumns.Append(_ml, inputSchema, _imageColumn, _options.Embedding.OutputColumns(_outputColumn));

    private void WarnOfRowsWithoutLabel(TrainingRows rows)
    {
        if (rows.WithoutLabel > 0)
        {
            Warn(string.Create(
                CultureInfo.InvariantCulture,
                $"{rows.WithoutLabel:N0} of {rows.RowCount:N0} rows have no label in column '{_labelColumn}' (a missing key, an empty text or NaN) and are left out of training."));
        }
    }

    /// <summary>Checks before any work that the checkpoint can be written, and locks it against other runs.</summary>
    private OutputLock? HoldCheckpoint()
    {
        if (_options.Checkpoint is not { } path)
        {
            return null;
        }

        AtomicFile.ThrowIfNotWritable(path);
        return OutputLock.Take(path);
    }

    /// <summary>Loads an exported network and compares it with the trained one. If that fails, the network is kept in a file.</summary>
    private (EmbeddingModel Model, double Difference) Verified(byte[] onnx, TripletTrainer trainer, OnnxExportOptions options)
    {
        int[] sample = [.. (trainer.Split.HeldOut.Length > 0 ? trainer.Split.HeldOut : trainer.Split.Training).Take(RowsToVerify)];
        double length = trainer.LongestEmbedding(sample);
        if (!double.IsFinite(length))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The run diverged: the embeddings of the trained network are not finite. Lower {nameof(TripletNetworkOptions.LearningRate)}, which is {_options.LearningRate}."));
        }

        double difference;
        try
        {
            using Tensor pixels = trainer.Pixels(sample);
            difference = OnnxExporter.Verify(onnx, trainer.Network, pixels, options);
            double allowed = AllowedDifference(length);
            if (difference <= allowed)
            {
                return (EmbeddingModel.Load(onnx), difference);
            }

            throw Kept(onnx, string.Create(
                CultureInfo.InvariantCulture,
                $"The exported network differs from the trained one by {difference:G3} over {sample.Length} rows, but at most {allowed:G3} is allowed for embeddings of "
                + $"their length. Check how modules of your own are exported."));
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException or ArgumentException
            || (exception is InvalidOperationException and not ExportedNetworkException))
        {
            throw Kept(onnx, $"The exported network cannot be run: {exception.Message}", exception);
        }
    }

    private static double AllowedDifference(double length) => Math.Max(LargestAllowedDifference * length, Math.Min(LargestAllowedDifference, LargestAllowedOfShort * length));

    /// <summary>Writes a network that failed its check to the folder of the checkpoint, or to the folder of temporary files.</summary>
    private ExportedNetworkException Kept(byte[] onnx, string reason, Exception? inner = null)
    {
        string folder = _options.Checkpoint is { } checkpoint ? Path.GetDirectoryName(Path.GetFullPath(checkpoint))! : Path.GetTempPath();
        string path = Path.Combine(folder, $"unverified-{Convert.ToHexStringLower(SHA256.HashData(onnx))[..16]}.onnx");
        try
        {
            AtomicFile.Write(path, stream => stream.Write(onnx));
            return new ExportedNetworkException($"{reason} The network was kept in '{path}'.", onnx, path, inner);
        }
        catch (IOException exception)
        {
            return new ExportedNetworkException($"{reason} {exception.Message} The exception's {nameof(ExportedNetworkException.GetNetwork)} has the network.", onnx, null, inner ?? exception);
        }
    }

    private byte[] Export(TripletTrainer trainer, TrainingRows rows, string recipe) =>
        OnnxExporter.Export(trainer.Network, [rows.Input.Channels, rows.Input.Height, rows.Input.Width], ExportOptions(rows, recipe));

    private OnnxExportOptions ExportOptions(TrainingRows rows, string recipe)
    {
        ImageInput input = rows.Input;
        var metadata = new Dictionary<string, string>(_options.Metadata, StringComparer.Ordinal)
        {
            [EmbeddingMetadata.Dimension] = _options.Dimension.ToString(CultureInfo.InvariantCulture),
            [EmbeddingMetadata.Normalized] = _options.Normalize ? "true" : "false",
            [EmbeddingMetadata.Distance] = (_options.Distance is CosineDistance ? DistanceMetric.Cosine : DistanceMetric.Euclidean).ToString(),
            [EmbeddingMetadata.Seed] = _options.Seed.ToString(CultureInfo.InvariantCulture),
            [EmbeddingMetadata.Recipe] = recipe,
        };
        metadata.TryAdd(
            EmbeddingMetadata.Data,
            string.Create(CultureInfo.InvariantCulture, $"{rows.Labels.Length} images of {rows.Classes.Count} classes, fingerprint {rows.Fingerprint}"));

        // The graph normalises pixels itself, so whoever runs it feeds them as they are.
        EmbeddingMetadata.WriteInput(metadata, input with { Mean = [0f], Scale = [1f] });
        return new OnnxExportOptions { InputMean = input.Mean, InputScale = input.Scale, Normalize = _options.Normalize, Metadata = metadata };
    }

    private void Warn(string message)
    {
        using IChannel channel = ((IHostEnvironment)_ml).Start(nameof(TripletNetworkEstimator));
        channel.Warning(MessageSensitivity.None, "{0}", message);
    }
}
