using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Inner products of a query with four rows at a time, of codes of a byte each. They are exact.</summary>
internal static class CodeKernels
{
    /// <summary>The codes of a query and of a row are a multiple of this: what fills the widest vector.</summary>
    public const int Multiple = 64;

    /// <summary>The greatest code of a query by magnitude: two products of it with 255 must fit 16 bits.</summary>
    public const int GreatestOfQuery = 63;

    /// <summary>Gets whether the hardware multiplies bytes; else codes are no faster than floats.</summary>
    public static bool IsSupported => Avx512BW.IsSupported || Avx2.IsSupported;

    /// <summary>Computes the products of a query with four rows.</summary>
    /// <param name="query">A multiple of 64 codes in [−63, 63].</param>
    /// <param name="rows">Four times as many codes.</param>
    /// <param name="dots">Takes 4 products.</param>
    public static void OneByFour(ReadOnlySpan<sbyte> query, ReadOnlySpan<byte> rows, Span<int> dots)
    {
        if (Avx512BW.IsSupported)
        {
            OneByFour512(query, rows, dots);
        }
        else if (Avx2.IsSupported)
        {
            OneByFour256(query, rows, dots);
        }
        else
        {
            OneByFourScalar(query, rows, dots);
        }
    }

    internal static void OneByFour512(ReadOnlySpan<sbyte> query, ReadOnlySpan<byte> rows, Span<int> dots)
    {
        ref sbyte q = ref MemoryMarshal.GetReference(query);
        ref byte x = ref MemoryMarshal.GetReference(rows[..(4 * query.Length)]);
        nuint stride = (nuint)query.Length;
        Vector512<short> one = Vector512<short>.One;
        Vector512<int> a = default, b = default, c = default, d = default;
        for (nuint i = 0; i + (nuint)Vector512<byte>.Count <= stride; i += (nuint)Vector512<byte>.Count)
        {
            Vector512<sbyte> y = Vector512.LoadUnsafe(ref q, i);
            a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref x, i), y), one);
            b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref x, stride + i), y), one);
            c += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref x, (2 * stride) + i), y), one);
            d += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(Vector512.LoadUnsafe(ref x, (3 * stride) + i), y), one);
        }

        Sums(a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper()).CopyTo(dots);
    }

    internal static void OneByFour256(ReadOnlySpan<sbyte> query, ReadOnlySpan<byte> rows, Span<int> dots)
    {
        ref sbyte q = ref MemoryMarshal.GetReference(query);
        ref byte x = ref MemoryMarshal.GetReference(rows[..(4 * query.Length)]);
        nuint stride = (nuint)query.Length;
        Vector256<short> one = Vector256<short>.One;
        Vector256<int> a = default, b = default, c = default, d = default;
        for (nuint i = 0; i + (nuint)Vector256<byte>.Count <= stride; i += (nuint)Vector256<byte>.Count)
        {
            Vector256<sbyte> y = Vector256.LoadUnsafe(ref q, i);
            a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref x, i), y), one);
            b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref x, stride + i), y), one);
            c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref x, (2 * stride) + i), y), one);
            d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(Vector256.LoadUnsafe(ref x, (3 * stride) + i), y), one);
        }

        Sums(a, b, c, d).CopyTo(dots);
    }

    internal static void OneByFourScalar(ReadOnlySpan<sbyte> query, ReadOnlySpan<byte> rows, Span<int> dots)
    {
        for (int row = 0; row < 4; row++)
        {
            int dot = 0;
            for (int i = 0; i < query.Length; i++)
            {
                dot += query[i] * rows[(row * query.Length) + i];
            }

            dots[row] = dot;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Sums(Vector256<int> a, Vector256<int> b, Vector256<int> c, Vector256<int> d)
    {
        // Adjacent lanes are added, those of the two arguments side by side, within each half.
        Vector256<int> quarters = Avx2.HorizontalAdd(Avx2.HorizontalAdd(a, b), Avx2.HorizontalAdd(c, d));
        return quarters.GetLower() + quarters.GetUpper();
    }
}
