using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Projection;

/// <summary>The potential of far cells about a leaf's centre: its derivatives there, to the third.</summary>
internal readonly record struct LocalExpansion(
    float Value, float X, float Y, float Xx, float Xy, float Yy, float Xxx, float Xxy, float Xyy, float Yyy)
{
    /// <summary>Gives the potential at an offset from the centre, and the repulsion: −½ times its gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (float Potential, float ForceX, float ForceY) At(float x, float y)
    {
        float xx = (Xx * x) + (Xy * y);
        float xy = (Xy * x) + (Yy * y);
        float xxx = (((Xxx * x) + (2 * Xxy * y)) * x) + (Xyy * y * y);
        float xyy = (((Xxy * x) + (2 * Xyy * y)) * x) + (Yyy * y * y);
        float potential = Value + (x * (X + (xx / 2) + (xxx / 6))) + (y * (Y + (xy / 2) + (xyy / 6)));
        return (potential, -0.5f * (X + xx + (xxx / 2)), -0.5f * (Y + xy + (xyy / 2)));
    }
}
