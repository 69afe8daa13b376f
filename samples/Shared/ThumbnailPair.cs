namespace Siamese.Samples.Shared;

/// <summary>An image before something was done to it and after, and the lines beneath the two.</summary>
/// <param name="Before">The image at the left, such as the face as it was found.</param>
/// <param name="After">The image at the right, such as the face turned upright.</param>
/// <param name="Caption">Lines such as "madonna"; a line too long is cut short.</param>
public sealed record ThumbnailPair(Thumbnail Before, Thumbnail After, params IReadOnlyList<string> Caption);
