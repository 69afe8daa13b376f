using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Siamese.Pipelines.Images;

/// <summary>Resizes 8-bit images bilinearly with antialiasing, to the bit as Pillow's <c>Image.resize(size, Image.BILINEAR)</c>.</summary>
/// <remarks>
/// The filter is a triangle of half-width max(1, source / target), so that every pixel of a shrunk image counts. Rows are resized first,
/// then columns; each pass rounds to bytes. The weights are fixed-point numbers of 22 bits, as Pillow's <c>Resample.c</c> has them: the
/// arithmetic is on integers from there on, so that machines and vector widths agree.
/// </remarks>
internal static class BilinearResize
{
    // 32 bits hold a weight, 8 bits of pixel and 2 bits of head-room for the sum.
    private const int PrecisionBits = 32 - 8 - 2;

    private const int Half = 1 << (PrecisionBits - 1);

    /// <summary>Resizes planes that lie one after the other.</summary>
    /// <param name="source">(planes, height, width) bytes.</param>
    /// <param name="width">Pixels across in the source.</param>
    /// <param name="height">Pixels down in the source.</param>
    /// <param name="destination">(planes, targetHeight, targetWidth) bytes; must not overlap the source.</param>
    /// <param name="targetWidth">Pixels across in the destination.</param>
    /// <param name="targetHeight">Pixels down in the destination.</param>
    /// <param name="planes">The number of channels, each of which is resized alone.</param>
    /// <exception cref="ArgumentException">A span is not as long as its sizes say.</exception>
    public static void Resize(
        ReadOnlySpan<byte> source,
        int width,
        int height,
        Span<byte> destination,
        int targetWidth,
        int targetHeight,
        int planes = 1)
    {
        Guard.AtLeast(width, 1, nameof(width));
        Guard.AtLeast(height, 1, nameof(height));
        Guard.AtLeast(targetWidth, 1, nameof(targetWidth));
        Guard.AtLeast(targetHeight, 1, nameof(targetHeight));
        Guard.AtLeast(planes, 1, nameof(planes));
        CheckLength(source.Length, planes, height, width, nameof(source));
        CheckLength(destination.Length, planes, targetHeight, targetWidth, nameof(destination));

        if (width == targetWidth && height == targetHeight)
        {
            source.CopyTo(destination);
        }
        else if (height == targetHeight)
        {
            ResizeRows(source, width, destination, targetWidth);
        }
        else if (width == targetWidth)
        {
            ResizeColumns(source, height, destination, targetHeight, width);
        }
        else
        {
            int length = checked(planes * height * targetWidth);
            byte[] rented = ArrayPool<byte>.Shared.Rent(length);
            try
            {
                Span<byte> narrowed = rented.AsSpan(0, length);
                ResizeRows(source, width, narrowed, targetWidth);
                ResizeColumns(narrowed, height, destination, targetHeight, targetWidth);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    private static void CheckLength(int length, int planes, int height, int width, string name)
    {
        long expected = (long)planes * height * width;
        if (length != expected)
        {
            throw new ArgumentException(
                $"The {name} has {length} bytes, but {planes} x {height} x {width} pixels take {expected}.", name);
        }
    }

    // Planes need no loop here: a row is a row, whichever plane it is of.
    private static void ResizeRows(ReadOnlySpan<byte> source, int width, Span<byte> destination, int targetWidth)
    {
        using var filter = new Filter(width, targetWidth);
        while (!source.IsEmpty)
        {
            ReadOnlySpan<byte> row = source[..width];
            for (int x = 0; x < targetWidth; x++)
            {
                ReadOnlySpan<int> weights = filter.Weights(x, out int first);
                destination[x] = ToByte(Half + Dot(row.Slice(first, weights.Length), weights));
            }

            source = source[width..];
            destination = destination[targetWidth..];
        }
    }

    private static void ResizeColumns(ReadOnlySpan<byte> source, int height, Span<byte> destination, int targetHeight, int width)
    {
        using var filter = new Filter(height, targetHeight);
        while (!source.IsEmpty)
        {
            for (int y = 0; y < targetHeight; y++)
            {
                ReadOnlySpan<int> weights = filter.Weights(y, out int first);
                WeighRows(source.Slice(first * width, weights.Length * width), weights, destination.Slice(y * width, width));
            }

            source = source[(height * width)..];
            destination = destination[(targetHeight * width)..];
        }
    }

    private static int Dot(ReadOnlySpan<byte> pixels, ReadOnlySpan<int> weights)
    {
        int sum = 0;
        int i = 0;
        if (Vector128.IsHardwareAccelerated && pixels.Length >= Vector128<byte>.Count)
        {
            ref byte pixel = ref MemoryMarshal.GetReference(pixels);
            ref int weight = ref MemoryMarshal.GetReference(weights);
            Vector128<int> sums = Vector128<int>.Zero;
            for (; i <= pixels.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.LoadUnsafe(ref pixel, (nuint)i));
                (Vector128<uint> a, Vector128<uint> b) = Vector128.Widen(low);
                (Vector128<uint> c, Vector128<uint> d) = Vector128.Widen(high);
                sums += (a.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)i))
                    + (b.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)i + 4))
                    + (c.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)i + 8))
                    + (d.AsInt32() * Vector128.LoadUnsafe(ref weight, (nuint)i + 12));
            }

            sum = Vector128.Sum(sums);
        }

        for (; i < pixels.Length; i++)
        {
            sum += pixels[i] * weights[i];
        }

        return sum;
    }

    private static void WeighRows(ReadOnlySpan<byte> rows, ReadOnlySpan<int> weights, Span<byte> destination)
    {
        int width = destination.Length;
        int x = 0;
        if (Vector.IsHardwareAccelerated)
        {
            ref byte pixel = ref MemoryMarshal.GetReference(rows);
            ref byte target = ref MemoryMarshal.GetReference(destination);
            for (; x <= width - Vector<byte>.Count; x += Vector<byte>.Count)
            {
                var a = new Vector<int>(Half);
                Vector<int> b = a;
                Vector<int> c = a;
                Vector<int> d = a;
                for (int k = 0; k < weights.Length; k++)
                {
                    var weight = new Vector<int>(weights[k]);
                    Vector.Widen(Vector.LoadUnsafe(ref pixel, (nuint)((k * width) + x)), out Vector<ushort> low, out Vector<ushort> high);
                    Vector.Widen(low, out Vector<uint> p, out Vector<uint> q);
                    Vector.Widen(high, out Vector<uint> r, out Vector<uint> s);
                    a += p.As<uint, int>() * weight;
                    b += q.As<uint, int>() * weight;
                    c += r.As<uint, int>() * weight;
                    d += s.As<uint, int>() * weight;
                }

                Vector.Narrow(Vector.Narrow(ToByte(a), ToByte(b)), Vector.Narrow(ToByte(c), ToByte(d))).StoreUnsafe(ref target, (nuint)x);
            }
        }

        for (; x < width; x++)
        {
            int sum = Half;
            for (int k = 0; k < weights.Length; k++)
            {
                sum += rows[(k * width) + x] * weights[k];
            }

            destination[x] = ToByte(sum);
        }
    }

    // No weight is negative, so that only the upper end can be passed: by rounded-up weights, in thousands.
    private static byte ToByte(int sum) => (byte)Math.Min(sum >> PrecisionBits, byte.MaxValue);

    private static Vector<uint> ToByte(Vector<int> sum) =>
        Vector.Min(sum >> PrecisionBits, new Vector<int>(byte.MaxValue)).As<int, uint>();

    /// <summary>For each target position the source positions that count, and how much; the same for all rows and channels.</summary>
    private readonly ref struct Filter : IDisposable
    {
        private readonly int[] _weights;
        private readonly int[] _bounds;
        private readonly int _stride;

        public Filter(int source, int target)
        {
            double scale = (double)source / target;
            double support = Math.Max(scale, 1);
            double inverse = 1 / support;
            _stride = ((int)Math.Ceiling(support) * 2) + 1;
            _weights = ArrayPool<int>.Shared.Rent(checked(target * _stride));
            _bounds = ArrayPool<int>.Shared.Rent(checked(target * 2));
            double[] triangle = ArrayPool<double>.Shared.Rent(_stride);
            for (int i = 0; i < target; i++)
            {
                double center = (i + 0.5) * scale;
                int first = Math.Max((int)(center - support + 0.5), 0);
                int count = Math.Min((int)(center + support + 0.5), source) - first;
                double sum = 0;
                for (int k = 0; k < count; k++)
                {
                    triangle[k] = Math.Max(1 - Math.Abs((k + first - center + 0.5) * inverse), 0);
                    sum += triangle[k];
                }

                for (int k = 0; k < count; k++)
                {
                    _weights[(i * _stride) + k] = (int)(0.5 + (triangle[k] / sum * (1 << PrecisionBits)));
                }

                _bounds[2 * i] = first;
                _bounds[(2 * i) + 1] = count;
            }

            ArrayPool<double>.Shared.Return(triangle);
        }

        public ReadOnlySpan<int> Weights(int target, out int first)
        {
            first = _bounds[2 * target];
            return _weights.AsSpan(target * _stride, _bounds[(2 * target) + 1]);
        }

        public void Dispose()
        {
            ArrayPool<int>.Shared.Return(_weights);
            ArrayPool<int>.Shared.Return(_bounds);
        }
    }
}
