namespace Siamese.Samples.Drawing;

/// <summary>A neighbour, and whether it is a right one.</summary>
/// <param name="Cell">The image, and the lines beneath it.</param>
/// <param name="IsRight">True for a green frame with a tick, false for a red one with a cross.</param>
public sealed record NeighborCell(ThumbnailCell Cell, bool IsRight);
