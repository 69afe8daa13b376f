namespace Siamese.Samples.Drawing;

/// <summary>A colour and what it stands for.</summary>
/// <param name="Name">The text beside the swatch.</param>
/// <param name="Color">As #rrggbb.</param>
/// <param name="Shape">As of <see cref="ClassColors.Shape"/>, or <see cref="Tick"/>.</param>
public sealed record LegendItem(string Name, string Color, int Shape = 0)
{
    /// <summary>The shape of what is wrong, or belongs to no class.</summary>
    public const int Cross = -1;

    /// <summary>The shape of what is right.</summary>
    public const int Tick = -2;
}
