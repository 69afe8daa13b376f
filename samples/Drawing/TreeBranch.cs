namespace Siamese.Samples.Drawing;

/// <summary>Two branches of a tree that join: a bracket from each to the height where they meet.</summary>
/// <param name="Left">The place of the left one, in leaves from the left edge.</param>
/// <param name="LeftHeight">Where the left one begins.</param>
/// <param name="Right">The place of the right one.</param>
/// <param name="RightHeight">Where the right one begins.</param>
/// <param name="Height">Where they meet.</param>
/// <param name="Color">As #rrggbb.</param>
public sealed record TreeBranch(double Left, double LeftHeight, double Right, double RightHeight, double Height, string Color);
