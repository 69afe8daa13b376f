using System.Buffers.Binary;
using PureHDF;
using PureHDF.Selections;

namespace Siamese.Training.Weights;

/// <summary>A layer of a Keras weight file: its kernel and its bias, read when they are asked for.</summary>
internal sealed class KerasLayer(string name, IH5Dataset kernel, IH5Dataset bias)
{
    // A part of a kernel that is read at once: the kernel of VGG's first dense layer has 411 MB.
    private const ulong ComponentsAtOnce = 1 << 22;

    private const int OutputsAtOnce = 16;

    public string Name => name;

    /// <summary>Gets the kernel's shape: (height, width, in, out), or (in, out) of a dense layer.</summary>
    public long[] KernelShape { get; } = [.. kernel.Space.Dimensions.Select(size => (long)size)];

    public long[] BiasShape { get; } = [.. bias.Space.Dimensions.Select(size => (long)size)];

    public bool IsSingle => IsSingleOf(kernel) && IsSingleOf(bias);

    /// <summary>Reads the kernel as ONNX and PyTorch have it.</summary>
    /// <param name="plane">Height × width of what the layer looks at: the rows of the kernel run over it first, then over the channels.</param>
    /// <param name="inputs">The channels of what it looks at.</param>
    /// <param name="outputs">The channels that it gives.</param>
    /// <returns>(out, in, plane) float32, little-endian.</returns>
    public byte[] ReadKernel(int plane, int inputs, int outputs)
    {
        var transposed = new byte[(long)plane * inputs * outputs * sizeof(float)];
        int first = 0;
        foreach (float[] part in Parts())
        {
            int rows = part.Length / outputs;

            // A few outputs at a time: what is read and what is written then stay near each other.
            for (int tile = 0; tile < outputs; tile += OutputsAtOnce)
            {
                int end = Math.Min(tile + OutputsAtOnce, outputs);
                for (int row = 0; row < rows; row++)
                {
                    (int place, int channel) = Math.DivRem(first + row, inputs);
                    for (int o = tile; o < end; o++)
                    {
                        int to = ((((o * inputs) + channel) * plane) + place) * sizeof(float);
                        BinaryPrimitives.WriteSingleLittleEndian(transposed.AsSpan(to), part[(row * outputs) + o]);
                    }
                }
            }

            first += rows;
        }

        return transposed;
    }

    public float[] ReadBias() => bias.Read<float[]>();

    private static bool IsSingleOf(IH5Dataset values) => values.Type is { Class: H5DataTypeClass.FloatingPoint, Size: sizeof(float) };

    private IEnumerable<float[]> Parts()
    {
        ulong[] shape = kernel.Space.Dimensions;
        ulong perStep = shape.Skip(1).Aggregate(1UL, (product, size) => product * size);
        ulong steps = Math.Max(1, ComponentsAtOnce / perStep);
        for (ulong first = 0; first < shape[0]; first += steps)
        {
            ulong[] starts = [first, .. new ulong[shape.Length - 1]];
            ulong[] block = [Math.Min(steps, shape[0] - first), .. shape[1..]];
            yield return kernel.Read<float[]>(new HyperslabSelection(shape.Length, starts, block), memoryDims: [block[0] * perStep]);
        }
    }
}
