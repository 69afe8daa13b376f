namespace Siamese.Pipelines.Faces;

/// <summary>A face that a detector found.</summary>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the detector is, in (0, 1]; larger is surer. Scores of two detectors do not compare.</param>
/// <param name="Landmarks">Its five points.</param>
/// <exception cref="ArgumentNullException">There are no landmarks.</exception>
public sealed record DetectedFace(FaceBox Box, float Score, FaceLandmarks Landmarks)
{
    /// <summary>Gets its five points.</summary>
    public FaceLandmarks Landmarks { get; init => field = Guard.NotNull(value); } = Guard.NotNull(Landmarks, nameof(Landmarks));
}
