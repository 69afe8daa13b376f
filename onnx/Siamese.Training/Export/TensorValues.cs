using TorchSharp;
using static TorchSharp.torch;

namespace Siamese.Training.Export;

/// <summary>Copies tensors out of torch.</summary>
internal static class TensorValues
{
    /// <summary>Copies a tensor from any device, converted to <typeparamref name="T"/>; the last dimension runs fastest.</summary>
    public static T[] ToArray<T>(this Tensor tensor)
        where T : unmanaged
    {
        using DisposeScope scope = NewDisposeScope();
        return tensor.detach().cpu().to(ToScalarType(typeof(T))).contiguous().data<T>().ToArray();
    }

    private static ScalarType ToScalarType(Type type) =>
        type == typeof(float) ? ScalarType.Float32 : type == typeof(double) ? ScalarType.Float64 : ScalarType.Int64;
}
