namespace Siamese.Samples.GalleryServer;

/// <summary>The faces of a photograph.</summary>
/// <param name="Width">Pixels across, upright.</param>
/// <param name="Height">Pixels down, upright.</param>
/// <param name="Threshold">The distance beyond which a face is nobody's.</param>
/// <param name="Faces">The faces, the largest first; none where none was found.</param>
internal sealed record PhotographResult(int Width, int Height, float Threshold, IReadOnlyList<FaceResult> Faces);
