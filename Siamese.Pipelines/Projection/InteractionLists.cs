using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Projection;

/// <summary>What a leaf meets: near points one by one, far cells as a whole. Packed, so that one instruction meets many.</summary>
internal sealed class InteractionLists
{
    // Of a far cell: the offset from it in x and y, its mass, its three second moments.
    private const int FieldsOfCell = 6;

    // So far off that a point there adds nothing to a float, and that its distance's fourth power does not overflow.
    private const float FarOff = 1e9f;

    private float[] _nearX = new float[1024];
    private float[] _nearY = new float[1024];
    private float[] _far = new float[FieldsOfCell * 512];
    private int _farCount;

    /// <summary>Gets the number of near points.</summary>
    public int NearCount { get; private set; }

    public void Clear()
    {
        NearCount = 0;
        _farCount = 0;
    }

    public void AddNear(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        int end = NearCount + x.Length;
        if (end + Vector<float>.Count > _nearX.Length)
        {
            int length = 2 * (end + Vector<float>.Count);
            Array.Resize(ref _nearX, length);
            Array.Resize(ref _nearY, length);
        }

        x.CopyTo(_nearX.AsSpan(NearCount));
        y.CopyTo(_nearY.AsSpan(NearCount));
        NearCount = end;
    }

    // Cells stand in blocks of a vector's width: the offsets in x of a block, then those in y, and so on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddFar(float dx, float dy, in Cell cell)
    {
        int width = Vector<float>.Count;
        int at = (_farCount / width * width * FieldsOfCell) + (_farCount % width);
        if (at + (FieldsOfCell * width) > _far.Length)
        {
            Array.Resize(ref _far, 2 * _far.Length);
        }

        float[] far = _far;
        far[at] = dx;
        far[at + width] = dy;
        far[at + (2 * width)] = cell.Mass;
        far[at + (3 * width)] = cell.Xx;
        far[at + (4 * width)] = cell.Xy;
        far[at + (5 * width)] = cell.Yy;
        _farCount++;
    }

    /// <summary>Fills the last vector of near points, after the last was added.</summary>
    public void PadNear()
    {
        _nearX.AsSpan(NearCount, Vector<float>.Count).Fill(FarOff);
        _nearY.AsSpan(NearCount, Vector<float>.Count).Fill(FarOff);
    }

    /// <summary>Meets a point with the near points.</summary>
    /// <param name="x">The point's place.</param>
    /// <param name="y">The point's place.</param>
    /// <param name="self">Which of the near points it is itself, to be left out; −1 for none.</param>
    [MethodImpl(HotLoop.Compilation)]
    public (float Potential, float ForceX, float ForceY) MeetNear(float x, float y, int self)
    {
        if (self >= 0)
        {
            _nearX[self] = FarOff;
        }

        var hereX = new Vector<float>(x);
        var hereY = new Vector<float>(y);
        Vector<float> potential = Vector<float>.Zero;
        Vector<float> forceX = Vector<float>.Zero;
        Vector<float> forceY = Vector<float>.Zero;
        ref float nearX = ref MemoryMarshal.GetArrayDataReference(_nearX);
        ref float nearY = ref MemoryMarshal.GetArrayDataReference(_nearY);
        for (nuint i = 0; i < (nuint)NearCount; i += (nuint)Vector<float>.Count)
        {
            Vector<float> dx = hereX - Vector.LoadUnsafe(ref nearX, i);
            Vector<float> dy = hereY - Vector.LoadUnsafe(ref nearY, i);
            Vector<float> q = Vector<float>.One / (Vector<float>.One + (dx * dx) + (dy * dy));
            potential += q;
            q *= q;
            forceX += q * dx;
            forceY += q * dy;
        }

        if (self >= 0)
        {
            _nearX[self] = x;
        }

        return (Vector.Sum(potential), Vector.Sum(forceX), Vector.Sum(forceY));
    }

    /// <summary>Expands the potential of the far cells about the point that their offsets lead to.</summary>
    /// <remarks>
    /// Of K(x, y) = 1 / (1 + x² + y²) and its derivatives to the third; a cell counts by its mass and second moments, and it has no first
    /// ones about its centre of mass.
    /// </remarks>
    [MethodImpl(HotLoop.Compilation)]
    public LocalExpansion ExpandFar()
    {
        int width = Vector<float>.Count;
        while (_farCount % width != 0)
        {
            AddFar(0, 0, default);
        }

        Vector<float> v, vx, vy, vxx, vxy, vyy, vxxx, vxxy, vxyy, vyyy;
        v = vx = vy = vxx = vxy = vyy = vxxx = vxxy = vxyy = vyyy = Vector<float>.Zero;
        var half = new Vector<float>(0.5f);
        ref float far = ref MemoryMarshal.GetArrayDataReference(_far);
        for (int block = 0; block < _farCount; block += width)
        {
            nuint at = (nuint)(block * FieldsOfCell);
            nuint w = (nuint)width;
            Vector<float> x = Vector.LoadUnsafe(ref far, at);
            Vector<float> y = Vector.LoadUnsafe(ref far, at + w);
            Vector<float> mass = Vector.LoadUnsafe(ref far, at + (2 * w));
            Vector<float> sxx = Vector.LoadUnsafe(ref far, at + (3 * w));
            Vector<float> sxy = Vector.LoadUnsafe(ref far, at + (4 * w));
            Vector<float> syy = Vector.LoadUnsafe(ref far, at + (5 * w));
            Vector<float> xx = x * x;
            Vector<float> yy = y * y;
            Vector<float> q = Vector<float>.One / (Vector<float>.One + xx + yy);
            Vector<float> g1 = -2 * q * q;
            Vector<float> g2 = -4 * q * g1;
            Vector<float> g3 = -6 * q * g2;
            Vector<float> kxx = (xx * g2) + g1;
            Vector<float> kyy = (yy * g2) + g1;
            Vector<float> kxy = x * y * g2;
            Vector<float> kxxx = x * ((xx * g3) + (3 * g2));
            Vector<float> kxxy = y * ((xx * g3) + g2);
            Vector<float> kxyy = x * ((yy * g3) + g2);
            Vector<float> kyyy = y * ((yy * g3) + (3 * g2));
            v += (mass * q) + (half * ((kxx * sxx) + (kyy * syy))) + (kxy * sxy);
            vx += (mass * x * g1) + (half * ((kxxx * sxx) + (kxyy * syy))) + (kxxy * sxy);
            vy += (mass * y * g1) + (half * ((kxxy * sxx) + (kyyy * syy))) + (kxyy * sxy);
            vxx += mass * kxx;
            vxy += mass * kxy;
            vyy += mass * kyy;
            vxxx += mass * kxxx;
            vxxy += mass * kxxy;
            vxyy += mass * kxyy;
            vyyy += mass * kyyy;
        }

        return new LocalExpansion(
            Vector.Sum(v),
            Vector.Sum(vx),
            Vector.Sum(vy),
            Vector.Sum(vxx),
            Vector.Sum(vxy),
            Vector.Sum(vyy),
            Vector.Sum(vxxx),
            Vector.Sum(vxxy),
            Vector.Sum(vxyy),
            Vector.Sum(vyyy));
    }
}
