namespace Siamese.Samples.Drawing;

/// <summary>A name upon a place of a scatter plot.</summary>
/// <param name="Text">The name.</param>
/// <param name="X">The place, in the units of the points.</param>
/// <param name="Y">The same.</param>
public sealed record CloudLabel(string Text, double X, double Y);
