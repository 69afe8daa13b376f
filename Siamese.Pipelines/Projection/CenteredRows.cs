using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Projection;

/// <summary>Rows about their mean, and products with their covariance.</summary>
internal sealed class CenteredRows
{
    // Each block sums for itself, in an order that no thread changes; what it needs for that grows with the components.
    private const int MostBlocks = 8;
    private const int RowsAtOnce = 4;

    private readonly ReadOnlyMemory<float> _rows;
    private readonly double[] _mean;
    private readonly ParallelOptions _parallel;
    private readonly int _blocks;

    public CenteredRows(ReadOnlyMemory<float> rows, int dimension, ParallelOptions parallel)
    {
        _rows = rows;
        _parallel = parallel;
        _mean = new double[dimension];
        Count = rows.Length / dimension;
        _blocks = Math.Min(MostBlocks, (Count + RowsAtOnce - 1) / RowsAtOnce);
        double[] sums = Sum(dimension, (row, sum) => TensorPrimitives.Add(sum, row, sum));
        TensorPrimitives.Divide(sums, Count, _mean);
        TotalVariance = Sum(1, (row, sum) => sum[0] += TensorPrimitives.SumOfSquares<double>(row))[0] / (Count - 1);
    }

    public int Count { get; }

    public int Dimension => _mean.Length;

    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Gets the sum of the variances of all D axes.</summary>
    public double TotalVariance { get; }

    /// <summary>Computes the covariance.</summary>
    /// <returns>(D, D), with the divisor N − 1.</returns>
    public double[] Covariance()
    {
        int dimension = Dimension;
        double[] covariance = Sum(dimension * dimension, (row, sum) =>
        {
            for (int i = 0; i < dimension; i++)
            {
                Span<double> target = sum.AsSpan((i * dimension) + i, dimension - i);
                TensorPrimitives.MultiplyAdd<double>(row[i..], row[i], target, target);
            }
        });
        for (int i = 0; i < dimension; i++)
        {
            for (int j = i; j < dimension; j++)
            {
                double value = covariance[(i * dimension) + j] / (Count - 1);
                covariance[(i * dimension) + j] = value;
                covariance[(j * dimension) + i] = value;
            }
        }

        return covariance;
    }

    /// <summary>Multiplies vectors by the covariance, without computing it: in float32, but summed over blocks in double.</summary>
    /// <param name="vectors">(B, D).</param>
    /// <returns>(B, D).</returns>
    public double[] MultiplyByCovariance(ReadOnlySpan<double> vectors)
    {
        var singles = new float[vectors.Length];
        TensorPrimitives.ConvertTruncating(vectors, singles);
        var parts = new float[_blocks][];
        Parallel.For(0, _blocks, _parallel, block => parts[block] = Multiply(singles, First(block), First(block + 1)));
        var products = new double[vectors.Length];
        foreach (float[] part in parts)
        {
            for (int i = 0; i < part.Length; i++)
            {
                products[i] += part[i];
            }
        }

        TensorPrimitives.Divide(products, Count - 1, products);
        return products;
    }

    private int First(int block) => (int)((long)Count * block / _blocks);

    private double[] Sum(int length, RowAction add)
    {
        var parts = new double[_blocks][];
        Parallel.For(0, _blocks, _parallel, block =>
        {
            var sum = new double[length];
            var row = new double[Dimension];
            for (int i = First(block); i < First(block + 1); i++)
            {
                TensorPrimitives.ConvertTruncating(_rows.Span.Slice(i * Dimension, Dimension), row.AsSpan());
                TensorPrimitives.Subtract<double>(row, _mean, row);
                add(row, sum);
            }

            parts[block] = sum;
        });
        double[] total = parts[0];
        foreach (double[] part in parts.AsSpan(1))
        {
            TensorPrimitives.Add<double>(total, part, total);
        }

        return total;
    }

    /// <summary>Sums x (x · v) over some rows x for each vector v.</summary>
    private float[] Multiply(float[] vectors, int first, int end)
    {
        int dimension = Dimension;
        var products = new float[vectors.Length];
        var rows = new float[RowsAtOnce * dimension];
        var mean = new float[dimension];
        TensorPrimitives.ConvertTruncating<double, float>(_mean, mean);
        for (int i = first; i < end; i += RowsAtOnce)
        {
            // Rows of zeros behind the last add nothing.
            Array.Clear(rows);
            for (int r = 0; r < Math.Min(RowsAtOnce, end - i); r++)
            {
                TensorPrimitives.Subtract(_rows.Span.Slice((i + r) * dimension, dimension), mean, rows.AsSpan(r * dimension, dimension));
            }

            for (int v = 0; v < vectors.Length; v += dimension)
            {
                AddProducts(rows, vectors.AsSpan(v, dimension), products.AsSpan(v, dimension));
            }
        }

        return products;
    }

    /// <summary>Adds x (x · v) for four rows x at once, so that the vectors are read once for the four.</summary>
    private static void AddProducts(ReadOnlySpan<float> rows, ReadOnlySpan<float> vector, Span<float> products)
    {
        ReadOnlySpan<float> a = rows[..vector.Length];
        ReadOnlySpan<float> b = rows.Slice(vector.Length, vector.Length);
        ReadOnlySpan<float> c = rows.Slice(2 * vector.Length, vector.Length);
        ReadOnlySpan<float> d = rows.Slice(3 * vector.Length, vector.Length);
        Vector<float> sumA = Vector<float>.Zero;
        Vector<float> sumB = Vector<float>.Zero;
        Vector<float> sumC = Vector<float>.Zero;
        Vector<float> sumD = Vector<float>.Zero;
        int vectorized = vector.Length - (vector.Length % Vector<float>.Count);
        for (int i = 0; i < vectorized; i += Vector<float>.Count)
        {
            var v = new Vector<float>(vector[i..]);
            sumA += v * new Vector<float>(a[i..]);
            sumB += v * new Vector<float>(b[i..]);
            sumC += v * new Vector<float>(c[i..]);
            sumD += v * new Vector<float>(d[i..]);
        }

        ReadOnlySpan<float> rest = vector[vectorized..];
        float dotA = Vector.Sum(sumA) + TensorPrimitives.Dot(rest, a[vectorized..]);
        float dotB = Vector.Sum(sumB) + TensorPrimitives.Dot(rest, b[vectorized..]);
        float dotC = Vector.Sum(sumC) + TensorPrimitives.Dot(rest, c[vectorized..]);
        float dotD = Vector.Sum(sumD) + TensorPrimitives.Dot(rest, d[vectorized..]);
        ref float product = ref MemoryMarshal.GetReference(products);
        for (int i = 0; i < vectorized; i += Vector<float>.Count)
        {
            Vector<float> sum = Vector.LoadUnsafe(ref product, (nuint)i)
                + (dotA * new Vector<float>(a[i..]))
                + (dotB * new Vector<float>(b[i..]))
                + (dotC * new Vector<float>(c[i..]))
                + (dotD * new Vector<float>(d[i..]));
            sum.StoreUnsafe(ref product, (nuint)i);
        }

        for (int i = vectorized; i < products.Length; i++)
        {
            products[i] += (dotA * a[i]) + (dotB * b[i]) + (dotC * c[i]) + (dotD * d[i]);
        }
    }

    private delegate void RowAction(ReadOnlySpan<double> row, double[] sum);
}
