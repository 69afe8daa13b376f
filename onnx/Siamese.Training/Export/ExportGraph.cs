using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Siamese.Pipelines.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>The graph that all contexts of one export add to, and the shapes of its values.</summary>
internal sealed class ExportGraph
{
    private readonly Dictionary<string, long[]> _shapes = new(StringComparer.Ordinal);
    private readonly string _input;
    private readonly long[] _inputShape;
    private readonly Device _device;
    private readonly ScalarType _dtype;

    public ExportGraph(OnnxGraphBuilder builder, string input, long[] inputShape, nn.Module network, bool foldsBatchNormalization)
    {
        Builder = builder;
        FoldsBatchNormalization = foldsBatchNormalization;
        _input = input;
        _inputShape = [1, .. inputShape];
        _shapes.Add(input, _inputShape);
        Tensor? weights = network.parameters().FirstOrDefault();
        (_device, _dtype) = (weights?.device ?? CPU, weights?.dtype ?? ScalarType.Float32);
    }

    public OnnxGraphBuilder Builder { get; }

    public bool FoldsBatchNormalization { get; }

    public string FreeName(string wanted)
    {
        string name = wanted;
        for (int i = 1; Builder.Contains(name); i++)
        {
            name = $"{wanted}_{i}";
        }

        return name;
    }

    /// <summary>Notes the shape that a node gives where that needs no run, as for the many sums of a residual network.</summary>
    public void NoteShapeOfNode(string operatorType, ReadOnlySpan<string> inputs, string output)
    {
        if (operatorType is not ("Add" or "Sub" or "Mul" or "Div")
            || inputs is not [string first, ..]
            || !_shapes.TryGetValue(first, out long[]? shape))
        {
            return;
        }

        foreach (string input in inputs)
        {
            if (!_shapes.TryGetValue(input, out long[]? other) || !other.SequenceEqual(shape))
            {
                return;
            }
        }

        _shapes[output] = shape;
    }

    public IReadOnlyList<long> ShapeOf(string value)
    {
        if (!_shapes.TryGetValue(value, out long[]? shape))
        {
            // The value of a node that a module added by itself: only the runtime knows what the node makes of its inputs.
            shape = RunGraphTo(value);
            _shapes.Add(value, shape);
        }

        return shape;
    }

    public void SetShape(string value, IReadOnlyList<long> shape) => _shapes[value] = [.. shape];

    /// <summary>Runs a layer on one row of zeros, and gives the shape that comes out.</summary>
    public long[] ShapeAfter(nn.Module<Tensor, Tensor> layer, string input, string description)
    {
        IReadOnlyList<long> shape = ShapeOf(input);
        using DisposeScope scope = NewDisposeScope();
        try
        {
            return layer.call(zeros([.. shape], _dtype, _device)).shape;
        }
        catch (Exception exception) when (exception is ExternalException or ArgumentException or InvalidOperationException)
        {
            throw new ArgumentException(
                $"{description} does not take ({string.Join(", ", shape)}), which is what reaches it when the network is given "
                + $"({string.Join(", ", _inputShape)}). Check the input's shape, and the sizes of this layer and those before it.",
                exception);
        }
    }

    private long[] RunGraphTo(string value)
    {
        if (!Builder.Contains(value))
        {
            throw new ArgumentException($"'{value}' is no value of the graph.", nameof(value));
        }

        try
        {
            // The constants that do not lead to the value are no cause for a warning.
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
            using var session = new InferenceSession(Builder.ToArrayGiving(value), options);
            using OrtValue row = OrtValue.CreateTensorValueFromMemory(
                new float[_inputShape.Aggregate(1L, (product, dimension) => product * dimension)], _inputShape);
            using var run = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = session.Run(run, [_input], [row], session.OutputNames);
            return results[0].GetTensorTypeAndShape().Shape;
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidOperationException($"ONNX Runtime does not run the graph as far as '{value}'.", exception);
        }
    }
}
