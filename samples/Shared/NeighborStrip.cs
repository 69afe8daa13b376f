namespace Siamese.Samples.Shared;

/// <summary>An image that was asked for, and its nearest neighbours.</summary>
/// <param name="Query">The image, and lines such as its name.</param>
/// <param name="Neighbors">The nearest first. There may be none.</param>
public sealed record NeighborStrip(CaptionedThumbnail Query, params IReadOnlyList<StripNeighbor> Neighbors);
