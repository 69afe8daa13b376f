namespace Siamese.Pipelines.Rejection;

/// <summary>A threshold that was placed, and what a p-value is counted among.</summary>
/// <param name="Calibration">The thresholds and how they came about.</param>
/// <param name="Scores">The scores of the held-out rows, where p-values are wanted.</param>
/// <param name="Classes">Their predicted classes from 0, where each class counts by itself.</param>
internal sealed record PlacedThreshold(RejectionCalibration Calibration, float[]? Scores, int[]? Classes);
