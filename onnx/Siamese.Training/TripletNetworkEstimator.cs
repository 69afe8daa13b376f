using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
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
/// <item><term>Input columns</term><description>image: images (<see cref="MLImage"/>) or vectors of <see cref="float"/> pixels of [0, 255], channel by
/// channel; label: a key, a number or text, only read when fitted</description></item>
/// <item><term>Output column</term><description>a vector of D <see cref="float"/>; with <see cref="EmbedImagesOptions.HiddenColumnName"/> another of H</description></item>
/// <item><term>Reads rows when fitted</term><description>yes, once, into memory: a byte a pixel</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes, but see <see cref="SavedResize"/></description></item>
/// <item><term>Needs beside ML.NET</term><description>libtorch to be fitted (a package such as libtorch-cpu-linux-x64), not to be used</description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// </remarks>
public sealed class TripletNetworkEstimator : IEstimator<TripletNetworkTransformer>
{
    /// <summary>An exported network that differs from the trained one by more than rounding does is a fault, and is not handed out.</summary>
    private const double LargestAllowedDifference = 1e-5;

    private const int RowsToVerify = 64;

    private readonly MLContext _ml;
    private readonly string _outputColumn;
    private readonly string _imageColumn;
    private readonly string _labelColumn;
    private readonly TripletNetworkOptions _options;

    internal TripletNetworkEstimator(MLContext ml, string outputColumn, string imageColumn, string labelColumn, TripletNetworkOptions options)
    {
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
    /// while no input size was given.</exception>
    /// <exception cref="InvalidOperationException">Training diverged, a pixel is not finite, or the exported network differs from the trained one.</exception>
    /// <exception cref="NotSupportedException">The network has a module that cannot be exported.</exception>
    /// <exception cref="InvalidDataException">The checkpoint to go on from is damaged or belongs to another run.</exception>
    /// <exception cref="TorchLibraryException">The native library of TorchSharp is missing or cannot be loaded.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; a checkpoint was written if one was asked for.</exception>
    public TripletNetworkTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        TorchLibrary.EnsureLoaded();
        TrainingRows rows = TrainingRowsReader.Read(input, _imageColumn, _labelColumn, _options.Input, _options.CancellationToken);
        using var trainer = new TripletTrainer(_options, rows, Warn);
        string recipe = _options.Describe(trainer.Network);

        // What cannot be exported is refused now, and not after hours of training.
        ImageColumnKind kind = ImageColumnKinds.Of(input.Schema[_imageColumn].Type);
        EmbeddingModel.Load(Export(trainer, rows, recipe)).CreateStep(_outputColumn, _imageColumn, kind, _options.Embedding);
        TrainingReport report = trainer.Run();
        byte[] onnx = Export(trainer, rows, recipe);
        int[] sample = [.. (trainer.Split.HeldOut.Length > 0 ? trainer.Split.HeldOut : trainer.Split.Training).Take(RowsToVerify)];
        using Tensor pixels = trainer.Pixels(sample);
        double difference = OnnxExporter.Verify(onnx, trainer.Network, pixels, ExportOptions(rows, recipe));
        if (!(difference <= LargestAllowedDifference))
        {
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"The exported network differs from the trained one by {difference:G3} over {sample.Length} rows, but at most {LargestAllowedDifference:G1} is allowed. "
                + $"Check how modules of your own say that they are exported."));
        }

        var transformer = new TripletNetworkTransformer(
            _ml, EmbeddingModel.Load(onnx), _outputColumn, _imageColumn, kind, _options.Embedding, report with { LargestDifference = difference }, trainer.Split);
        if (rows.Resized)
        {
            transformer.MarkResized();
        }

        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => VectorColumns.Append(_ml, inputSchema, _imageColumn, _options.Embedding.OutputColumns(_outputColumn));

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
