using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Onnx;

/// <summary>A loaded graph, which is run as it is. Any number of threads may run it at once.</summary>
internal sealed class StepSession : IDisposable
{
    private readonly SharedSession _session;
    private readonly string[] _inputNames;
    private readonly string[] _outputNames;
    private readonly OnnxColumn[] _inputs;
    private readonly OnnxColumn[] _outputs;

    public StepSession(OnnxStep step, int threads)
    {
        _inputs = step.Inputs;
        _outputs = step.Outputs;
        _inputNames = [.. _inputs.Select(input => input.Tensor)];
        _outputNames = [.. _outputs.Select(output => output.Tensor)];
        InferenceSession session = OnnxSession.Open(step.Graph, threads);
        _session = new SharedSession(session, typeof(StepSession));
        int[] inputRows = [.. _inputNames.Select(name => FirstDimension(session.InputMetadata[name]))];
        DeclaredBatch = inputRows.Max();
        DeclaresOneRow = inputRows.Concat(_outputNames.Select(name => FirstDimension(session.OutputMetadata[name]))).Contains(1);
    }

    /// <summary>Gets the first dimension that the file declares for its inputs: the rows that it takes, or -1 where any number will do.</summary>
    public int DeclaredBatch { get; }

    /// <summary>Gets whether an input or output is declared to have one row.</summary>
    public bool DeclaresOneRow { get; }

    /// <summary>Runs the graph once over rows [first, first + count) of buffers that hold a row after the other.</summary>
    public void Run(float[][] inputs, float[][] outputs, int first, int count) => Run(inputs, outputs, first, count, quietly: false);

    /// <summary>Does the same where an error is a finding, which the runtime need not write to the console.</summary>
    public void Try(float[][] inputs, float[][] outputs, int first, int count) => Run(inputs, outputs, first, count, quietly: true);

    public void Dispose() => _session.Dispose();

    // A dimension that is free reads as -1, a shape that the file does not declare as no dimensions.
    private static int FirstDimension(NodeMetadata end) => end.Dimensions is [int first, ..] ? first : -1;

    private void Run(float[][] inputs, float[][] outputs, int first, int count, bool quietly)
    {
        using SharedSession.Use use = _session.Enter();
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

            use.Run(_inputNames, inputValues, _outputNames, outputValues, quietly);
        }
        finally
        {
            Array.ForEach(inputValues, value => value?.Dispose());
            Array.ForEach(outputValues, value => value?.Dispose());
        }
    }

    private static OrtValue Slice(float[] buffer, OnnxColumn column, int first, int count) =>
        OrtValue.CreateTensorValueFromMemory(
            OrtMemoryInfo.DefaultInstance,
            buffer.AsMemory(first * column.Length, count * column.Length),
            [count, .. column.Shape.Select(size => (long)size)]);
}
