using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Siamese.Pipelines.Projection;

/// <summary>The joint probabilities P of t-SNE between rows and their neighbours, and the attraction that they exert.</summary>
/// <remarks>
/// p(i, j) = (p(j | i) + p(i | j)) / 2N: symmetric, of sum 1, and 0 except between rows one of which is a nearest neighbour of the other.
/// They are kept row by row, columns ascending: memory is that of 2 to 4 times the neighbours.
/// </remarks>
internal sealed class Affinities
{
    private readonly int[] _starts;
    private readonly int[] _columns;
    private readonly float[] _values;

    private Affinities(int[] starts, int[] columns, float[] values)
    {
        _starts = starts;
        _columns = columns;
        _values = values;
    }

    /// <summary>Gets N.</summary>
    public int Count => _starts.Length - 1;

    /// <summary>Computes the joint probabilities of rows.</summary>
    /// <param name="neighbors">The nearest others of each row.</param>
    /// <param name="perplexity">That of each row's conditional probabilities, less than the number of its neighbours.</param>
    /// <param name="parallel">Threads and what cancels. They do not change the result.</param>
    public static Affinities From(NeighborLists neighbors, double perplexity, ParallelOptions parallel)
    {
        int k = neighbors.Count;
        int count = neighbors.Indices.Length / k;
        int[] indices = [.. neighbors.Indices];
        var conditional = new float[indices.Length];
        RowBlocks.Run(count, parallel, (_, first, end) =>
        {
            var calibration = new PerplexityCalibration(k, perplexity);
            for (int at = first * k; at < end * k; at += k)
            {
                calibration.Calibrate(neighbors.SquaredDistances.AsSpan(at, k), conditional.AsSpan(at, k));
                indices.AsSpan(at, k).Sort(conditional.AsSpan(at, k));
            }
        });

        // The transposed lists: scanned row by row they ascend as well, so that the two of a row merge.
        var transposedStarts = new int[count + 1];
        foreach (int index in indices)
        {
            transposedStarts[index + 1]++;
        }

        Accumulate(transposedStarts);
        int[] next = transposedStarts[..^1];
        var transposedRows = new int[indices.Length];
        var transposed = new float[indices.Length];
        for (int at = 0; at < indices.Length; at++)
        {
            int place = next[indices[at]]++;
            transposedRows[place] = at / k;
            transposed[place] = conditional[at];
        }

        var starts = new int[count + 1];
        RowBlocks.Run(count, parallel, (_, first, end) =>
        {
            for (int i = first; i < end; i++)
            {
                starts[i + 1] = Merge(i, [], []);
            }
        });
        Accumulate(starts);
        var columns = new int[starts[^1]];
        var values = new float[starts[^1]];
        RowBlocks.Run(count, parallel, (_, first, end) =>
        {
            for (int i = first; i < end; i++)
            {
                Range row = starts[i]..starts[i + 1];
                Merge(i, columns.AsSpan(row), values.AsSpan(row));
            }
        });
        return new Affinities(starts, columns, values);

        // Counts the columns of a row, and writes them where there is room.
        int Merge(int row, Span<int> mergedColumns, Span<float> mergedValues)
        {
            int merged = 0;
            int a = row * k;
            int endA = a + k;
            int b = transposedStarts[row];
            int endB = transposedStarts[row + 1];
            while (a < endA || b < endB)
            {
                int columnA = a < endA ? indices[a] : int.MaxValue;
                int columnB = b < endB ? transposedRows[b] : int.MaxValue;
                int column = Math.Min(columnA, columnB);
                if (mergedColumns.Length > 0)
                {
                    float forth = columnA == column ? conditional[a] : 0;
                    float back = columnB == column ? transposed[b] : 0;
                    mergedColumns[merged] = column;
                    mergedValues[merged] = (float)(((double)forth + back) / (2.0 * count));
                }

                a += columnA == column ? 1 : 0;
                b += columnB == column ? 1 : 0;
                merged++;
            }

            return merged;
        }
    }

    /// <summary>Gives the columns of a row that are not 0, ascending.</summary>
    public ReadOnlySpan<int> Columns(int row) => _columns.AsSpan(_starts[row].._starts[row + 1]);

    /// <summary>Gives the probabilities of the <see cref="Columns"/>.</summary>
    public ReadOnlySpan<float> Values(int row) => _values.AsSpan(_starts[row].._starts[row + 1]);

    /// <summary>Sums p(i, j) (yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²) over all j.</summary>
    [MethodImpl(HotLoop.Compilation)]
    public void Attract(int first, ReadOnlySpan<Vector2> points, Span<Vector2> attraction)
    {
        for (int i = 0; i < attraction.Length; i++)
        {
            attraction[i] = Attract(first + i, points);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector2 Attract(int row, ReadOnlySpan<Vector2> points)
    {
        ReadOnlySpan<int> columns = Columns(row);
        ReadOnlySpan<float> values = Values(row);

        // Four points, 64 bits each, fill a vector: x, y, x, y and so on. The squares of a pair are added crosswise, so that both lanes of
        // a point have its distance.
        ref double point = ref Unsafe.As<Vector2, double>(ref MemoryMarshal.GetReference(points));
        Vector2 own = points[row];
        Vector256<float> here = Vector256.Create(own.X, own.Y, own.X, own.Y, own.X, own.Y, own.X, own.Y);
        Vector256<float> sum = Vector256<float>.Zero;
        int i = 0;
        for (; i <= columns.Length - 4; i += 4)
        {
            Vector256<float> difference = here - Vector256.Create(
                Unsafe.Add(ref point, columns[i]),
                Unsafe.Add(ref point, columns[i + 1]),
                Unsafe.Add(ref point, columns[i + 2]),
                Unsafe.Add(ref point, columns[i + 3])).AsSingle();
            Vector256<float> squares = difference * difference;
            Vector256<float> crosswise = Vector256.Shuffle(squares, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
            Vector256<float> distances = Vector256<float>.One + squares + crosswise;
            Vector128<float> p = Vector128.LoadUnsafe(in values[i]);
            Vector256<float> pairs = Vector256.Shuffle(p.ToVector256Unsafe(), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
            sum += pairs / distances * difference;
        }

        Vector128<float> half = sum.GetLower() + sum.GetUpper();
        var total = new Vector2(half[0] + half[2], half[1] + half[3]);
        for (; i < columns.Length; i++)
        {
            Vector2 difference = own - points[columns[i]];
            total += values[i] / (1 + difference.LengthSquared()) * difference;
        }

        return total;
    }

    /// <summary>Sums p log (p (1 + ‖yᵢ − yⱼ‖²)) over some rows: their share of the divergence less that of the normalizer.</summary>
    public double Divergence(int first, int end, ReadOnlySpan<Vector2> points)
    {
        double[] terms = [];
        double sum = 0;
        for (int row = first; row < end; row++)
        {
            ReadOnlySpan<int> columns = Columns(row);
            ReadOnlySpan<float> values = Values(row);
            if (terms.Length < columns.Length)
            {
                terms = new double[2 * columns.Length];
            }

            Vector2 own = points[row];
            for (int i = 0; i < columns.Length; i++)
            {
                // A probability too small for a float adds nothing: p log p goes to 0 with p.
                terms[i] = values[i] > 0 ? values[i] * (1.0 + (own - points[columns[i]]).LengthSquared()) : 1;
            }

            Span<double> logarithms = terms.AsSpan(0, columns.Length);
            TensorPrimitives.Log<double>(logarithms, logarithms);
            for (int i = 0; i < values.Length; i++)
            {
                sum += values[i] * logarithms[i];
            }
        }

        return sum;
    }

    private static void Accumulate(int[] counts)
    {
        for (int i = 1; i < counts.Length; i++)
        {
            counts[i] = checked(counts[i] + counts[i - 1]);
        }
    }
}
