namespace Siamese.Samples.Drawing;

/// <summary>Points in the plane with their classes.</summary>
/// <param name="X">N values.</param>
/// <param name="Y">As many.</param>
/// <param name="Classes">As many, from 0, or negative for what belongs to no class.</param>
public sealed record Cloud(double[] X, double[] Y, int[] Classes);
