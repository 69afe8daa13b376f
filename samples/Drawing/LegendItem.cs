namespace Siamese.Samples.Drawing;

/// <summary>A colour and what it stands for.</summary>
/// <param name="Name">The text beside the swatch.</param>
/// <param name="Color">As #rrggbb.</param>
/// <param name="Shape">As of <see cref="ClassColors.Shape"/>.</param>
public sealed record LegendItem(string Name, string Color, int Shape = 0);
