namespace Siamese.Samples.Shared;

/// <summary>One of the neighbours of a <see cref="NeighborStrip"/>.</summary>
/// <param name="Thumbnail">The image, and lines such as "0.31" and "madonna".</param>
/// <param name="IsRight">Whether it is what was asked for, such as a photograph of the same person.</param>
public sealed record StripNeighbor(CaptionedThumbnail Thumbnail, bool IsRight);
