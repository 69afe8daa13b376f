namespace Siamese.Samples.Drawing;

/// <summary>A line through points.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">N values, in the order of the line.</param>
/// <param name="Y">As many.</param>
public sealed record Curve(string Name, double[] X, double[] Y);
