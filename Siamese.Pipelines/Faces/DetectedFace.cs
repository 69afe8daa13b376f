namespace Siamese.Pipelines.Faces;

/// <summary>A face that a detector found.</summary>
/// <param name="Box">Where it is.</param>
/// <param name="Score">How sure the detector is, in (0, 1]; larger is surer. Scores of two detectors do not compare.</param>
/// <param name="Landmarks">Its five points.</param>
public sealed record DetectedFace(FaceBox Box, float Score, FaceLandmarks Landmarks);
