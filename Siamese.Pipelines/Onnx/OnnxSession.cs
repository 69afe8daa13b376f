using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Onnx;

/// <summary>A loaded graph. Any number of threads may run it at once.</summary>
internal sealed class OnnxSession : IDisposable
{
    private readonly InferenceSession _session;
    private readonly RunOptions _runOptions = new();
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OnnxColumn[] _inputs;
    private readonly OnnxColumn[] _outputs;
    private bool _disposed;

    public OnnxSession(OnnxStep step, int threads)
    {
        _inputs = step.Inputs;
        _outputs = step.Outputs;
        _inputNames = [.. _inputs.Select(input => input.Tensor)];
        _outputNames = [.. _outputs.Select(output => output.Tensor)];
        _session = Open(step.Graph, threads);
    }

    /// <summary>Loads a graph with one thread an operator unless told otherwise.</summary>
    public static InferenceSession Open(byte[] graph, int threads = 1)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };

        // Threads that spin while they wait take the processor from the batches beside them.
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        return Open(graph, options);
    }

    /// <summary>Loads a graph to see whether it can be, and what goes in and out: without the second copies of weights that make it fast.</summary>
    public static InferenceSession OpenToLook(byte[] graph)
    {
        using var options = new SessionOptions
        {
            IntraOpNumThreads = 1,
            InterOpNumThreads = 1,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL,
        };
        options.AddSessionConfigEntry("session.disable_prepacking", "1");
        return Open(graph, options);
    }

    /// <summary>Scores rows [first, first + count) of buffers that hold a row after the other.</summary>
    public void Run(float[][] inputs, float[][] outputs, int first, int count)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(BatchedOnnxTransformer));
        var inputValues = new OrtValue[_inputs.Length];
        var outputValues = new OrtValue[_outputs.Length];
        try
        {
            for (int i = 0; i < inputValues.Length; i++)
            {
                inputValues[i] = Slice(inputs[i], _inputs[i], first, count);
            }

            for (int i = 0; i < outputValues.Length; i++)
            {
                outputValues[i] = Slice(outputs[i], _outputs[i], first, count);
            }

            _session.Run(_runOptions, _inputNames, inputValues, _outputNames, outputValues);
        }
        finally
        {
            Array.ForEach(inputValues, value => value?.Dispose());
            Array.ForEach(outputValues, value => value?.Dispose());
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _runOptions.Dispose();
        _session.Dispose();
    }

    private static InferenceSession Open(byte[] graph, SessionOptions options)
    {
        try
        {
            return new InferenceSession(graph, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InvalidDataException(
                "The ONNX graph could not be loaded: it is truncated, not an ONNX file, or uses operators that ONNX Runtime "
                + $"{typeof(InferenceSession).Assembly.GetName().Version?.ToString(3)} lacks.",
                exception);
        }
    }

    private static OrtValue Slice(float[] buffer, OnnxColumn column, int first, int count) =>
        OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance,
            buffer.AsMemory(first * column.Length, count * column.Length),
            [count, .. column.Shape.Select(size => (long)size)]);
}
