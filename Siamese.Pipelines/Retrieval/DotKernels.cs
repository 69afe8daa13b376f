using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Inner products of some queries with four rows at a time: each component that is loaded serves several products.</summary>
/// <remarks>
/// Sums are in another order than one after the other; their error is at most that of <see cref="Slack"/>. What the hardware lacks is done
/// by <see cref="TensorPrimitives"/>, product by product.
/// </remarks>
internal static class DotKernels
{
    /// <summary>The queries, and the rows, of a block of products.</summary>
    public const int Side = 4;

    /// <summary>Gives what the error of |q|² + |x|² − 2 q·x is at most, as a share of |q|² + |x|².</summary>
    /// <remarks>
    /// Products summed up in at least eight lanes: each of D/8 + 8 roundings errs by 2⁻²⁴ of a partial sum, none of which is larger than
    /// |q| |x|. Twice that for the squares, and twice again for safety.
    /// </remarks>
    public static float Slack(int dimension) => ((dimension / 8f) + 8) * 4 * 5.9604645e-8f;

    /// <summary>Computes the products of four queries with four rows.</summary>
    /// <param name="queries">4 × D components.</param>
    /// <param name="rows">4 × D components.</param>
    /// <param name="dimension">D.</param>
    /// <param name="dots">Takes (4, 4) products: those of the first query first.</param>
    public static void FourByFour(ReadOnlySpan<float> queries, ReadOnlySpan<float> rows, int dimension, Span<float> dots)
    {
        if (Vector512.IsHardwareAccelerated && dimension >= Vector512<float>.Count)
        {
            FourByFour512(queries, rows, dimension, dots);
        }
        else
        {
            for (int query = 0; query < Side; query++)
            {
                OneByFour(queries.Slice(query * dimension, dimension), rows, dots.Slice(query * Side, Side));
            }
        }
    }

    /// <summary>Computes the products of a query with four rows.</summary>
    /// <param name="query">D components.</param>
    /// <param name="rows">4 × D components.</param>
    /// <param name="dots">Takes 4 products.</param>
    public static void OneByFour(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> dots)
    {
        if (Vector512.IsHardwareAccelerated && query.Length >= Vector512<float>.Count)
        {
            OneByFour512(query, rows, dots);
        }
        else if (Vector256.IsHardwareAccelerated && query.Length >= Vector256<float>.Count)
        {
            OneByFour256(query, rows, dots);
        }
        else
        {
            for (int row = 0; row < Side; row++)
            {
                dots[row] = TensorPrimitives.Dot(query, rows.Slice(row * query.Length, query.Length));
            }
        }
    }

    internal static void FourByFour512(ReadOnlySpan<float> queries, ReadOnlySpan<float> rows, int dimension, Span<float> dots)
    {
        ref float q = ref MemoryMarshal.GetReference(queries[..(Side * dimension)]);
        ref float x = ref MemoryMarshal.GetReference(rows[..(Side * dimension)]);
        nuint d = (nuint)dimension;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> e0 = default, e1 = default, e2 = default, e3 = default;
        nuint i = 0;
        for (; i + (nuint)Vector512<float>.Count <= d; i += (nuint)Vector512<float>.Count)
        {
            Vector512<float> x0 = Vector512.LoadUnsafe(ref x, i);
            Vector512<float> x1 = Vector512.LoadUnsafe(ref x, d + i);
            Vector512<float> x2 = Vector512.LoadUnsafe(ref x, (2 * d) + i);
            Vector512<float> x3 = Vector512.LoadUnsafe(ref x, (3 * d) + i);
            Vector512<float> y = Vector512.LoadUnsafe(ref q, i);
            a0 = Vector512.FusedMultiplyAdd(y, x0, a0);
            a1 = Vector512.FusedMultiplyAdd(y, x1, a1);
            a2 = Vector512.FusedMultiplyAdd(y, x2, a2);
            a3 = Vector512.FusedMultiplyAdd(y, x3, a3);
            y = Vector512.LoadUnsafe(ref q, d + i);
            b0 = Vector512.FusedMultiplyAdd(y, x0, b0);
            b1 = Vector512.FusedMultiplyAdd(y, x1, b1);
            b2 = Vector512.FusedMultiplyAdd(y, x2, b2);
            b3 = Vector512.FusedMultiplyAdd(y, x3, b3);
            y = Vector512.LoadUnsafe(ref q, (2 * d) + i);
            c0 = Vector512.FusedMultiplyAdd(y, x0, c0);
            c1 = Vector512.FusedMultiplyAdd(y, x1, c1);
            c2 = Vector512.FusedMultiplyAdd(y, x2, c2);
            c3 = Vector512.FusedMultiplyAdd(y, x3, c3);
            y = Vector512.LoadUnsafe(ref q, (3 * d) + i);
            e0 = Vector512.FusedMultiplyAdd(y, x0, e0);
            e1 = Vector512.FusedMultiplyAdd(y, x1, e1);
            e2 = Vector512.FusedMultiplyAdd(y, x2, e2);
            e3 = Vector512.FusedMultiplyAdd(y, x3, e3);
        }

        Sums(a0, a1, a2, a3).CopyTo(dots);
        Sums(b0, b1, b2, b3).CopyTo(dots[Side..]);
        Sums(c0, c1, c2, c3).CopyTo(dots[(2 * Side)..]);
        Sums(e0, e1, e2, e3).CopyTo(dots[(3 * Side)..]);
        for (int query = 0; query < Side; query++)
        {
            AddRest(queries.Slice(query * dimension, dimension), rows, (int)i, dots.Slice(query * Side, Side));
        }
    }

    internal static void OneByFour512(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> dots)
    {
        ref float q = ref MemoryMarshal.GetReference(query);
        ref float x = ref MemoryMarshal.GetReference(rows[..(Side * query.Length)]);
        nuint d = (nuint)query.Length;
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        nuint i = 0;
        for (; i + (nuint)Vector512<float>.Count <= d; i += (nuint)Vector512<float>.Count)
        {
            Vector512<float> y = Vector512.LoadUnsafe(ref q, i);
            a0 = Vector512.FusedMultiplyAdd(y, Vector512.LoadUnsafe(ref x, i), a0);
            a1 = Vector512.FusedMultiplyAdd(y, Vector512.LoadUnsafe(ref x, d + i), a1);
            a2 = Vector512.FusedMultiplyAdd(y, Vector512.LoadUnsafe(ref x, (2 * d) + i), a2);
            a3 = Vector512.FusedMultiplyAdd(y, Vector512.LoadUnsafe(ref x, (3 * d) + i), a3);
        }

        Sums(a0, a1, a2, a3).CopyTo(dots);
        AddRest(query, rows, (int)i, dots);
    }

    internal static void OneByFour256(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> dots)
    {
        ref float q = ref MemoryMarshal.GetReference(query);
        ref float x = ref MemoryMarshal.GetReference(rows[..(Side * query.Length)]);
        nuint d = (nuint)query.Length;
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        nuint i = 0;
        for (; i + (nuint)Vector256<float>.Count <= d; i += (nuint)Vector256<float>.Count)
        {
            Vector256<float> y = Vector256.LoadUnsafe(ref q, i);
            a0 = Vector256.FusedMultiplyAdd(y, Vector256.LoadUnsafe(ref x, i), a0);
            a1 = Vector256.FusedMultiplyAdd(y, Vector256.LoadUnsafe(ref x, d + i), a1);
            a2 = Vector256.FusedMultiplyAdd(y, Vector256.LoadUnsafe(ref x, (2 * d) + i), a2);
            a3 = Vector256.FusedMultiplyAdd(y, Vector256.LoadUnsafe(ref x, (3 * d) + i), a3);
        }

        Sums(a0, a1, a2, a3).CopyTo(dots);
        AddRest(query, rows, (int)i, dots);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) => Sums(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    /// <summary>Sums up the lanes of four vectors at once: transposed, they need no more additions than one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Sums(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector128<float> a4 = a.GetLower() + a.GetUpper();
        Vector128<float> b4 = b.GetLower() + b.GetUpper();
        Vector128<float> c4 = c.GetLower() + c.GetUpper();
        Vector128<float> d4 = d.GetLower() + d.GetUpper();

        // (a0 + a2, a1 + a3, b0 + b2, b1 + b3), and the same of c and d.
        Vector128<float> ab = Vector128.Create(a4.GetLower(), b4.GetLower()) + Vector128.Create(a4.GetUpper(), b4.GetUpper());
        Vector128<float> cd = Vector128.Create(c4.GetLower(), d4.GetLower()) + Vector128.Create(c4.GetUpper(), d4.GetUpper());
        Vector128<float> even = Vector128.Create(Vector128.Shuffle(ab, Vector128.Create(0, 2, 0, 2)).GetLower(), Vector128.Shuffle(cd, Vector128.Create(0, 2, 0, 2)).GetLower());
        Vector128<float> odd = Vector128.Create(Vector128.Shuffle(ab, Vector128.Create(1, 3, 1, 3)).GetLower(), Vector128.Shuffle(cd, Vector128.Create(1, 3, 1, 3)).GetLower());
        return even + odd;
    }

    /// <summary>Adds the products of the components that fill no vector.</summary>
    private static void AddRest(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, int done, Span<float> dots)
    {
        if (done == query.Length)
        {
            return;
        }

        for (int row = 0; row < Side; row++)
        {
            dots[row] += TensorPrimitives.Dot(query[done..], rows.Slice((row * query.Length) + done, query.Length - done));
        }
    }
}
