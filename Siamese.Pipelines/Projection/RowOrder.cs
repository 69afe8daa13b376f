using System.Numerics.Tensors;

namespace Siamese.Pipelines.Projection;

/// <summary>Orders rows so that those of a tile are near each other, as the leaves of a k-d tree have them (Bentley, 1975).</summary>
internal static class RowOrder
{
    /// <summary>The rows that belong together.</summary>
    public const int RowsOfTile = 64;

    // So many rows of a part tell the axis along which it is widest.
    private const int RowsOfSample = 256;

    /// <summary>Orders rows.</summary>
    /// <param name="rows">(N, D) float32.</param>
    /// <param name="dimension">D.</param>
    /// <param name="cancellation">What cancels.</param>
    /// <returns>The index of the row that comes first, second, and so on. It depends on the rows alone.</returns>
    public static int[] Of(ReadOnlySpan<float> rows, int dimension, CancellationToken cancellation)
    {
        int count = rows.Length / dimension;
        int[] order = [.. Enumerable.Range(0, count)];
        var keys = new float[count];
        var parts = new Stack<(int First, int Count)>([(0, count)]);
        while (parts.TryPop(out (int First, int Count) part))
        {
            if (part.Count <= RowsOfTile)
            {
                continue;
            }

            cancellation.ThrowIfCancellationRequested();
            Span<int> indices = order.AsSpan(part.First, part.Count);
            Span<float> values = keys.AsSpan(0, part.Count);
            int axis = WidestAxis(rows, dimension, indices);
            for (int i = 0; i < indices.Length; i++)
            {
                values[i] = rows[(indices[i] * dimension) + axis];
            }

            values.Sort(indices);
            int half = (part.Count + RowsOfTile) / (2 * RowsOfTile) * RowsOfTile;
            parts.Push((part.First, half));
            parts.Push((part.First + half, part.Count - half));
        }

        return order;
    }

    private static int WidestAxis(ReadOnlySpan<float> rows, int dimension, ReadOnlySpan<int> indices)
    {
        var sums = new double[dimension];
        var squares = new double[dimension];
        var row = new double[dimension];
        int taken = Math.Min(RowsOfSample, indices.Length);
        for (int i = 0; i < taken; i++)
        {
            int index = indices[(int)((long)i * indices.Length / taken)];
            TensorPrimitives.ConvertTruncating(rows.Slice(index * dimension, dimension), row.AsSpan());
            TensorPrimitives.Add<double>(sums, row, sums);
            TensorPrimitives.MultiplyAdd<double>(row, row, squares, squares);
        }

        // N times the squares less the square of the sums: N² times the variance.
        TensorPrimitives.Multiply(squares, taken, squares);
        TensorPrimitives.Multiply<double>(sums, sums, sums);
        TensorPrimitives.Subtract<double>(squares, sums, squares);
        return TensorPrimitives.IndexOfMax<double>(squares);
    }
}
