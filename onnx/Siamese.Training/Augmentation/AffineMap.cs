namespace Siamese.Training.Augmentation;

/// <summary>One shear, scaling, rotation and shift of a picture, in this order and about its centre.</summary>
/// <param name="ShiftX">To the right, as a share of the width.</param>
/// <param name="ShiftY">Downwards, as a share of the height.</param>
/// <param name="Rotation">Counter-clockwise, in degrees.</param>
/// <param name="Scale">The factor of both sides; greater than 0.</param>
/// <param name="Shear">How far a row moves to the right for each pixel it lies below the centre, in pixels.</param>
internal readonly record struct AffineMap(double ShiftX, double ShiftY, double Rotation, double Scale, double Shear)
{
    /// <summary>Writes where each pixel of the moved picture comes from.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="theta">
    /// Six elements of a 2 × 3 matrix, row by row. It takes (x, y, 1) in the moved picture to (x, y) in the given one, both from −1 at
    /// the left or upper edge to 1 at the right or lower one.
    /// </param>
    public void WriteInverse(int width, int height, Span<float> theta)
    {
        // In pixels from the centre, y downwards, a point moves by R S s with R = (cos sin; −sin cos), S = (1 shear; 0 1).
        (double sin, double cos) = Math.SinCos(Rotation * Math.PI / 180);
        double xx = (cos - (Shear * sin)) / Scale;
        double xy = (-sin - (Shear * cos)) / Scale * height / width;
        double yx = sin / Scale * width / height;
        double yy = cos / Scale;
        theta[0] = (float)xx;
        theta[1] = (float)xy;
        theta[2] = (float)(-2 * ((xx * ShiftX) + (xy * ShiftY)));
        theta[3] = (float)yx;
        theta[4] = (float)yy;
        theta[5] = (float)(-2 * ((yx * ShiftX) + (yy * ShiftY)));
    }
}
