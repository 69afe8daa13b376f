using Siamese.Pipelines.Faces;
using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>What became of a photograph.</summary>
/// <param name="Photograph">The photograph.</param>
/// <param name="Face">The face that was taken; null where none was found.</param>
/// <param name="Unreadable">Why the file could not be read; null where it could.</param>
/// <param name="Embeddings">Of each embedder the D components; empty where there is no face.</param>
/// <param name="Crop">The face as the detector's box cuts it out; null where it was not asked for.</param>
/// <param name="Chip">The aligned face that the first embedder saw; null where it was not asked for.</param>
/// <param name="DetectSeconds">What finding the faces took, of one thread.</param>
/// <param name="AlignSeconds">Of each embedder what the alignment took.</param>
/// <param name="EmbedSeconds">Of each embedder what the network took.</param>
internal sealed record FaceReading(
    Photograph Photograph,
    DetectedFace? Face,
    string? Unreadable,
    IReadOnlyList<float[]> Embeddings,
    Thumbnail? Crop,
    Thumbnail? Chip,
    double DetectSeconds,
    IReadOnlyList<double> AlignSeconds,
    IReadOnlyList<double> EmbedSeconds);
