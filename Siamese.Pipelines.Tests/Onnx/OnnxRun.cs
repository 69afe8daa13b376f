using Microsoft.ML.OnnxRuntime;

namespace Siamese.Pipelines.Tests.Onnx;

/// <summary>Runs a model once by ONNX Runtime alone.</summary>
internal static class OnnxRun
{
    /// <summary>Runs a model of one input and gives its first output.</summary>
    public static (T[] Values, long[] Shape) Run<T>(byte[] model, float[] values, params long[] shape)
        where T : unmanaged
    {
        using var session = new InferenceSession(model);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var options = new RunOptions();
        using IDisposableReadOnlyCollection<OrtValue> results = session.Run(options, session.InputNames, [input], session.OutputNames);
        return (results[0].GetTensorDataAsSpan<T>().ToArray(), results[0].GetTensorTypeAndShape().Shape);
    }

    /// <summary>Runs a model of one input whose first output is float32.</summary>
    public static float[] Run(byte[] model, float[] values, params long[] shape) => Run<float>(model, values, shape).Values;
}
