namespace Siamese.Samples.Shared;

/// <summary>An image and the lines beneath it.</summary>
/// <param name="Image">The image.</param>
/// <param name="Caption">Lines such as "3, said 8 (97 %)"; a line too long is cut short.</param>
public sealed record CaptionedThumbnail(Thumbnail Image, params IReadOnlyList<string> Caption);
