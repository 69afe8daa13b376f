namespace Siamese.Samples.Drawing;

/// <summary>An image that was asked for, and its neighbours.</summary>
/// <param name="Query">The image, and the lines beneath it.</param>
/// <param name="Neighbors">The nearest first.</param>
public sealed record NeighborRow(ThumbnailCell Query, IReadOnlyList<NeighborCell> Neighbors);
