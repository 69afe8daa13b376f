using System.Numerics;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Evaluation;

/// <summary>References laid out so that a query's distances to many of them are computed at once, however small the dimension.</summary>
/// <remarks>
/// A panel holds four vectors' worth of references, transposed: (panels, D, width). A component of the query meets that component of all
/// references of the panel in one instruction, and the sums stay in registers. Each distance adds its squares in the order of the
/// components and without fused operations: the value does not depend on the machine's vectors, the panel or the thread.
/// </remarks>
internal sealed class ReferencePanels
{
    private static readonly int Width = 4 * Vector<float>.Count;

    // What the squared distance of a vector without a direction is, by a cosine distance of 1.
    private const float RightAngle = 2;

    private readonly int _count;
    private readonly int _dimension;
    private readonly EmbeddingScale _scale;
    private readonly float[] _panels;
    private readonly List<int> _withoutDirection = [];

    public ReferencePanels(ReadOnlySpan<float> references, int dimension, EmbeddingScale scale)
    {
        _count = references.Length / dimension;
        _dimension = dimension;
        _scale = scale;
        Stride = checked((_count + Width - 1) / Width * Width);
        _panels = new float[checked(Stride * dimension)];
        var row = new float[dimension];
        for (int i = 0; i < _count; i++)
        {
            if (!scale.Apply(references.Slice(i * dimension, dimension), row))
            {
                _withoutDirection.Add(i);
            }

            int at = (i / Width * Width * dimension) + (i % Width);
            for (int d = 0; d < dimension; d++)
            {
                _panels[at + (d * Width)] = row[d];
            }
        }
    }

    /// <summary>Gets the room that the distances from one query take: the number of references, rounded up to whole panels.</summary>
    public int Stride { get; }

    /// <summary>Computes what ranks the references: their squared distances, all finite and not negative.</summary>
    /// <param name="queries">(B, D) float32, as they were given.</param>
    /// <param name="scratch">At least B × D values.</param>
    /// <param name="distances">(B, <see cref="Stride"/>) float32; what is behind the last reference of a row means nothing.</param>
    public void SquaredDistances(ReadOnlySpan<float> queries, Span<float> scratch, Span<float> distances)
    {
        int count = queries.Length / _dimension;
        Span<bool> hasDirection = count <= 256 ? stackalloc bool[count] : new bool[count];
        for (int q = 0; q < count; q++)
        {
            hasDirection[q] = _scale.Apply(
                queries.Slice(q * _dimension, _dimension), scratch.Slice(q * _dimension, _dimension));
        }

        for (int first = 0; first < Stride; first += Width)
        {
            ReadOnlySpan<float> panel = _panels.AsSpan(first * _dimension, Width * _dimension);
            for (int q = 0; q < count; q++)
            {
                SquaredDistances(
                    scratch.Slice(q * _dimension, _dimension), panel, distances.Slice((q * Stride) + first, Width));
            }
        }

        for (int q = 0; q < count; q++)
        {
            Span<float> row = distances.Slice(q * Stride, _count);
            if (!hasDirection[q])
            {
                row.Fill(RightAngle);
            }

            foreach (int reference in _withoutDirection)
            {
                row[reference] = RightAngle;
            }
        }
    }

    private static void SquaredDistances(ReadOnlySpan<float> query, ReadOnlySpan<float> panel, Span<float> distances)
    {
        ref float reference = ref MemoryMarshal.GetReference(panel);
        nuint lane = (nuint)Vector<float>.Count;
        nuint at = 0;
        Vector<float> a = Vector<float>.Zero;
        Vector<float> b = Vector<float>.Zero;
        Vector<float> c = Vector<float>.Zero;
        Vector<float> d = Vector<float>.Zero;
        foreach (float component in query)
        {
            var x = new Vector<float>(component);
            Vector<float> p = x - Vector.LoadUnsafe(ref reference, at);
            Vector<float> q = x - Vector.LoadUnsafe(ref reference, at + lane);
            Vector<float> r = x - Vector.LoadUnsafe(ref reference, at + (2 * lane));
            Vector<float> s = x - Vector.LoadUnsafe(ref reference, at + (3 * lane));
            a += p * p;
            b += q * q;
            c += r * r;
            d += s * s;
            at += 4 * lane;
        }

        ref float target = ref MemoryMarshal.GetReference(distances);
        a.StoreUnsafe(ref target);
        b.StoreUnsafe(ref target, lane);
        c.StoreUnsafe(ref target, 2 * lane);
        d.StoreUnsafe(ref target, 3 * lane);
    }
}
