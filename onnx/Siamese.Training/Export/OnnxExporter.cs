using System.Collections.Immutable;
using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>Writes networks of TorchSharp as ONNX files: opset 17, IR version 8, any number of rows in a batch.</summary>
/// <remarks>
/// <para>
/// These modules are known: Conv2d (zero padding), Linear, BatchNorm1d and 2d with running statistics, ReLU, LeakyReLU, PReLU, Sigmoid,
/// Tanh, Softmax, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d to 1x1, Flatten from dimension 1, Identity, Sequential at any depth, dropout
/// (which leaves no node), and the modules of <see cref="Networks"/>. A module with a <c>forward</c> of its own says itself how it is
/// written: see <see cref="IOnnxExportable"/>. Any other is refused.
/// </para>
/// <para>The file holds the network's evaluation: no dropout, and running statistics where training uses those of the batch.</para>
/// </remarks>
public static class OnnxExporter
{
    /// <summary>Writes a network as ONNX.</summary>
    /// <param name="network">
    /// The network, on any device and in any mode: it is given back in the modes that its modules were in. It is run on rows of zeros.
    /// </param>
    /// <param name="inputShape">The shape of one row: (C, H, W) for images.</param>
    /// <param name="options">Names, metadata, what stands before and after the network; <see langword="null"/> for the defaults.</param>
    /// <returns>The bytes of the file. Equal weights and options give equal bytes.</returns>
    /// <exception cref="NotSupportedException">A module cannot be exported; the message says where it stands, its type and why.</exception>
    /// <exception cref="ArgumentException">
    /// The network does not take <paramref name="inputShape"/>, or there is neither one mean or scale nor one for each channel.
    /// </exception>
    public static byte[] Export(nn.Module<Tensor, Tensor> network, ReadOnlySpan<long> inputShape, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        options ??= new OnnxExportOptions();
        if (inputShape.IsEmpty)
        {
            throw new ArgumentException("inputShape has no dimension, but a row needs one: (C, H, W) for images.", nameof(inputShape));
        }

        var builder = new OnnxGraphBuilder("embedding");
        foreach ((string key, string value) in options.Metadata)
        {
            builder.Metadata.Add(key, value);
        }

        long[] shape = inputShape.ToArray();
        ThrowIfNotPerChannel(options, options.InputMean, nameof(options.InputMean), shape[0]);
        ThrowIfNotPerChannel(options, options.InputScale, nameof(options.InputScale), shape[0]);
        string input = builder.Input(options.InputName, shape);
        var graph = new ExportGraph(builder, input, shape, network, options.FoldBatchNormalization);
        var root = new OnnxExportContext(graph, path: "");
        using var evaluation = new EvaluationMode(network);
        using IDisposable noGradients = no_grad();

        string prepared = PerChannel(root, "Sub", "input_mean", options.InputMean, neutral: 0, shape, input);
        prepared = PerChannel(root, "Mul", "input_scale", options.InputScale, neutral: 1, shape, prepared);
        graph.SetShape(prepared, graph.ShapeOf(input));
        string output = root.Export(network, prepared);
        IReadOnlyList<long> outputShape = graph.ShapeOf(output);
        if (options.Normalize)
        {
            output = root.Node("LpNormalization", [output], OnnxAttribute.Int("axis", 1), OnnxAttribute.Int("p", 2));
        }

        builder.Output(output, options.OutputName, [.. outputShape.Skip(1)]);
        return builder.ToArray();
    }

    /// <summary>Compares an exported file, run by ONNX Runtime, with the network it came from.</summary>
    /// <param name="onnx">The bytes of the file, with one input and one output.</param>
    /// <param name="network">The network, which is run in evaluation without gradients and given back in the modes it was in.</param>
    /// <param name="rows">(B, ...) float32: rows as the file takes them, B at least 1. They are not changed.</param>
    /// <param name="options">
    /// What the file was exported with, where that puts anything before or after the network; the network's rows and embeddings are
    /// treated alike.
    /// </param>
    /// <returns>
    /// The largest absolute difference of any component, over the rows as one batch and each row as a batch of its own. At least 0;
    /// NaN where either gives NaN. Networks that are right differ by rounding: by 1e-6 or so where embeddings are of length 1.
    /// </returns>
    /// <exception cref="ArgumentException">There are no rows.</exception>
    /// <exception cref="InvalidOperationException">The file gives another shape than the network does.</exception>
    /// <exception cref="OnnxRuntimeException">The file cannot be run on such rows.</exception>
    public static float Verify(byte[] onnx, nn.Module<Tensor, Tensor> network, Tensor rows, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(onnx);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.ndim == 0 || rows.numel() == 0)
        {
            throw new ArgumentException($"There are no rows to compare: the shape is ({string.Join(", ", rows.shape)}).", nameof(rows));
        }

        float[] values = rows.ToArray<float>();
        (float[] expected, long[] shape) = Evaluate(network, rows, options ?? new OnnxExportOptions());
        int count = (int)rows.shape[0];
        int rowLength = values.Length / count;
        using InferenceSession session = Open(onnx);
        float difference = Largest(Run(session, values, rows.shape, shape), expected);
        for (int row = 0; row < count; row++)
        {
            float[] alone = Run(session, values[(row * rowLength)..((row + 1) * rowLength)], [1, .. rows.shape[1..]], [1, .. shape[1..]]);

            // Math.Max keeps NaN.
            difference = Math.Max(difference, Largest(alone, expected.AsSpan(row * alone.Length, alone.Length)));
        }

        return difference;
    }

    private static void ThrowIfNotPerChannel(OnnxExportOptions options, ImmutableArray<float> values, string name, long channels)
    {
        if (values.Length != 1 && values.Length != channels)
        {
            throw new ArgumentException(
                $"{name} has {values.Length} values, but a network of {channels} channels takes 1 or {channels}.", nameof(options));
        }
    }

    private static string PerChannel(
        OnnxExportContext context,
        string operatorType,
        string name,
        ImmutableArray<float> values,
        float neutral,
        long[] shape,
        string input)
    {
        if (values.All(value => value == neutral))
        {
            return input;
        }

        long[] dimensions = [values.Length, .. Enumerable.Repeat(1L, shape.Length - 1)];
        return context.Node(operatorType, [input, context.Initializer(name, values.AsSpan(), dimensions)]);
    }

    private static (float[] Embeddings, long[] Shape) Evaluate(nn.Module<Tensor, Tensor> network, Tensor rows, OnnxExportOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        using var evaluation = new EvaluationMode(network);
        using IDisposable noGradients = no_grad();
        long[] perChannel = [1, -1, .. Enumerable.Repeat(1L, Math.Max(0, (int)rows.ndim - 2))];
        Tensor? weights = network.parameters().FirstOrDefault();

        // A copy in any case: a layer that works in place would change the caller's rows.
        Tensor prepared = (rows.to(ScalarType.Float32).cpu() - tensor(options.InputMean.ToArray()).reshape(perChannel))
            * tensor(options.InputScale.ToArray()).reshape(perChannel);
        Tensor embeddings = network.call(weights is null ? prepared : prepared.to(weights.dtype, weights.device));
        embeddings = options.Normalize ? nn.functional.normalize(embeddings, p: 2, dim: 1) : embeddings;
        return (embeddings.ToArray<float>(), embeddings.shape);
    }

    private static InferenceSession Open(byte[] onnx)
    {
        try
        {
            return new InferenceSession(onnx);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidDataException("The bytes are not an ONNX file that ONNX Runtime can load.", exception);
        }
    }

    private static float[] Run(InferenceSession session, float[] values, long[] shape, long[] expectedShape)
    {
        using OrtValue rows = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var run = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, session.InputNames, [rows], session.OutputNames);
        long[] given = results[0].GetTensorTypeAndShape().Shape;
        return given.SequenceEqual(expectedShape)
            ? results[0].GetTensorDataAsSpan<float>().ToArray()
            : throw new InvalidOperationException(
                $"The file gives ({string.Join(", ", given)}), but the network gives ({string.Join(", ", expectedShape)}).");
    }

    private static float Largest(ReadOnlySpan<float> found, ReadOnlySpan<float> expected)
    {
        float largest = 0;
        for (int i = 0; i < found.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(found[i] - expected[i]));
        }

        return largest;
    }
}
