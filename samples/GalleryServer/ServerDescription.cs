namespace Siamese.Samples.GalleryServer;

/// <summary>What the server takes.</summary>
/// <param name="Threshold">The distance beyond which a face is nobody's.</param>
/// <param name="MaximumBytes">The largest file of a photograph.</param>
/// <param name="MaximumPixels">The most pixels of a photograph, width × height.</param>
/// <param name="KeyRequired">Whether enrolment and removal ask for a key.</param>
internal sealed record ServerDescription(float Threshold, long MaximumBytes, long MaximumPixels, bool KeyRequired);
