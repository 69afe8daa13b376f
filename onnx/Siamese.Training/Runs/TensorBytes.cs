using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>Accesses the memory of a tensor in pieces, since a span is limited to 2 GiB.</summary>
internal static class TensorBytes
{
    private const int MostAtOnce = 1 << 24;

    public delegate void Use(Span<byte> bytes);

    /// <summary>Gets the number of bytes of a tensor's values.</summary>
    public static long Length(Tensor tensor) => tensor.numel() * tensor.ElementSize;

    /// <summary>Reads the values of a tensor on any device, the last dimension running fastest.</summary>
    public static void Read(Tensor tensor, Use use)
    {
        using Tensor detached = tensor.detach();
        using Tensor here = detached.cpu();
        using Tensor values = here.contiguous();
        Visit(values, use);
    }

    /// <summary>Overwrites the values of a tensor of any layout.</summary>
    public static void Overwrite(Tensor tensor, Use use)
    {
        using IDisposable noGradients = no_grad();
        using Tensor values = empty(tensor.shape, tensor.dtype);
        Visit(values, use);
        tensor.copy_(values);
    }

    /// <summary>Reads or overwrites the values of a contiguous tensor in the memory of the processor.</summary>
    public static void Visit(Tensor tensor, Use use)
    {
        using Tensor flat = tensor.flatten();
        long most = MostAtOnce / tensor.ElementSize;
        for (long first = 0; first < flat.shape[0]; first += most)
        {
            using Tensor part = flat.narrow(0, first, Math.Min(most, flat.shape[0] - first));
            use(part.bytes);
        }
    }
}
