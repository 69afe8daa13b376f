namespace Siamese.Samples.GalleryServer;

/// <summary>A face that was found, and who it may be.</summary>
/// <param name="Index">Its place among the photograph's faces, which enrolment takes.</param>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the detector is, in (0, 1].</param>
/// <param name="Name">Who it is; null where the nearest person is beyond the threshold.</param>
/// <param name="Nearest">The nearest people, nearest first.</param>
internal sealed record FaceResult(int Index, FaceRectangle Box, float Score, string? Name, IReadOnlyList<NearPerson> Nearest);
