using Siamese.Pipelines.Faces;

namespace Siamese.Samples.GalleryServer;

/// <summary>A face of a photograph.</summary>
/// <param name="Box">Where it is, in pixels of the photograph as it stands upright.</param>
/// <param name="Score">How sure the detector is, in (0, 1].</param>
/// <param name="Embedding">The components of the network.</param>
/// <param name="Thumbnail">A small JPEG; empty where none was asked for.</param>
internal sealed record FoundFace(FaceBox Box, float Score, float[] Embedding, byte[] Thumbnail);
