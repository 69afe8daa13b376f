using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Projection;

/// <summary>The eigenvalues and eigenvectors of a symmetric matrix.</summary>
/// <remarks>
/// Householder's reduction to three diagonals, then QL steps with implicit shifts (Martin and Wilkinson, The implicit QL algorithm, 1968).
/// Time grows with the third power of the size.
/// </remarks>
internal static class SymmetricEigen
{
    private const int MostSteps = 60;
    private const double Rounding = 2.220446049250313e-16;

    /// <summary>Decomposes a matrix.</summary>
    /// <param name="matrix">(M, M), row after row; it is overwritten.</param>
    /// <param name="size">M.</param>
    /// <returns>M eigenvalues, descending, and (M, M): an eigenvector of length 1 in each row.</returns>
    public static (double[] Values, double[] Vectors) Decompose(double[] matrix, int size)
    {
        var diagonal = new double[size];
        var beside = new double[size];
        double[] vectors = Tridiagonalize(matrix, size, diagonal, beside);
        Diagonalize(diagonal, beside, vectors);
        int[] order = [.. Enumerable.Range(0, size).OrderByDescending(i => diagonal[i])];
        var sorted = new double[vectors.Length];
        for (int i = 0; i < size; i++)
        {
            vectors.AsSpan(order[i] * size, size).CopyTo(sorted.AsSpan(i * size));
        }

        return ([.. order.Select(i => diagonal[i])], sorted);
    }

    /// <summary>Reflects a matrix A to T = Qᵀ A Q, which has but three diagonals.</summary>
    /// <returns>Qᵀ.</returns>
    private static double[] Tridiagonalize(double[] a, int size, double[] diagonal, double[] beside)
    {
        var scales = new double[size];
        var products = new double[size];
        for (int k = 0; k < size - 2; k++)
        {
            // What reflects the rest of row k onto its first component is kept in the row itself.
            int first = k + 1;
            Span<double> v = a.AsSpan((k * size) + first, size - first);
            double length = TensorPrimitives.Norm<double>(v);
            double lead = v[0] > 0 ? -length : length;
            beside[k] = lead;
            if (length == 0)
            {
                continue;
            }

            v[0] -= lead;
            double scale = -1 / (lead * v[0]);
            scales[k] = scale;
            Span<double> p = products.AsSpan(0, v.Length);
            for (int i = first; i < size; i++)
            {
                p[i - first] = scale * TensorPrimitives.Dot<double>(a.AsSpan((i * size) + first, v.Length), v);
            }

            TensorPrimitives.MultiplyAdd<double>(v, -scale / 2 * TensorPrimitives.Dot<double>(p, v), p, p);
            for (int i = first; i < size; i++)
            {
                Span<double> row = a.AsSpan((i * size) + first, v.Length);
                TensorPrimitives.MultiplyAdd<double>(v, -p[i - first], row, row);
                TensorPrimitives.MultiplyAdd<double>(p, -v[i - first], row, row);
            }
        }

        var q = new double[a.Length];
        for (int i = 0; i < size; i++)
        {
            diagonal[i] = a[(i * size) + i];
            q[(i * size) + i] = 1;
        }

        if (size > 1)
        {
            beside[size - 2] = a[((size - 2) * size) + size - 1];
        }

        for (int k = size - 3; k >= 0; k--)
        {
            ReadOnlySpan<double> v = a.AsSpan((k * size) + k + 1, size - k - 1);
            for (int i = k + 1; i < size; i++)
            {
                Span<double> row = q.AsSpan((i * size) + k + 1, v.Length);
                TensorPrimitives.MultiplyAdd<double>(v, -scales[k] * TensorPrimitives.Dot<double>(row, v), row, row);
            }
        }

        return q;
    }

    /// <summary>Rotates three diagonals to one, and the rows of Qᵀ with them.</summary>
    private static void Diagonalize(double[] diagonal, double[] beside, double[] vectors)
    {
        int size = diagonal.Length;
        for (int first = 0; first < size; first++)
        {
            for (int step = 0; step < MostSteps; step++)
            {
                int last = first;
                while (last < size - 1 && Math.Abs(beside[last]) > Rounding * (Math.Abs(diagonal[last]) + Math.Abs(diagonal[last + 1])))
                {
                    last++;
                }

                if (last == first)
                {
                    break;
                }

                Rotate(diagonal, beside, vectors, first, last);
            }
        }
    }

    /// <summary>Takes one QL step between two rows, shifted by Wilkinson's estimate of the first one's eigenvalue.</summary>
    private static void Rotate(double[] diagonal, double[] beside, double[] vectors, int first, int last)
    {
        int size = diagonal.Length;
        double half = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
        double root = double.Hypot(half, 1);
        double g = diagonal[last] - diagonal[first] + (beside[first] / (half + Math.CopySign(root, half)));
        double sine = 1;
        double cosine = 1;
        double shift = 0;
        for (int i = last - 1; i >= first; i--)
        {
            double f = sine * beside[i];
            double b = cosine * beside[i];
            double length = double.Hypot(f, g);
            beside[i + 1] = length;
            if (length == 0)
            {
                // The matrix falls apart here: the next step works on a part of it.
                diagonal[i + 1] -= shift;
                beside[last] = 0;
                return;
            }

            sine = f / length;
            cosine = g / length;
            g = diagonal[i + 1] - shift;
            double r = ((diagonal[i] - g) * sine) + (2 * cosine * b);
            shift = sine * r;
            diagonal[i + 1] = g + shift;
            g = (cosine * r) - b;
            Rotate(vectors.AsSpan(i * size, size), vectors.AsSpan((i + 1) * size, size), sine, cosine);
        }

        diagonal[first] -= shift;
        beside[first] = g;
        beside[last] = 0;
    }

    private static void Rotate(Span<double> x, Span<double> y, double sine, double cosine)
    {
        int i = 0;
        ref double startX = ref MemoryMarshal.GetReference(x);
        ref double startY = ref MemoryMarshal.GetReference(y);
        for (; i <= x.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            Vector<double> a = Vector.LoadUnsafe(ref startX, (nuint)i);
            Vector<double> b = Vector.LoadUnsafe(ref startY, (nuint)i);
            ((cosine * a) - (sine * b)).StoreUnsafe(ref startX, (nuint)i);
            ((sine * a) + (cosine * b)).StoreUnsafe(ref startY, (nuint)i);
        }

        for (; i < x.Length; i++)
        {
            (x[i], y[i]) = ((cosine * x[i]) - (sine * y[i]), (sine * x[i]) + (cosine * y[i]));
        }
    }
}
