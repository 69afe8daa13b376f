namespace Siamese.Samples.Drawing;

/// <summary>A leaf of a tree.</summary>
/// <param name="Name">Beneath it, or empty.</param>
/// <param name="Color">That of its class, as #rrggbb.</param>
/// <param name="Shape">That of its class.</param>
public sealed record TreeLeaf(string Name, string Color, int Shape);
