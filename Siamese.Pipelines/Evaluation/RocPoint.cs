namespace Siamese.Pipelines.Evaluation;

/// <summary>A point of a <see cref="RocCurve"/>: what a threshold keeps.</summary>
/// <param name="FalsePositiveRate">The share of unknown rows kept, in [0, 1].</param>
/// <param name="TruePositiveRate">The share of known rows kept, in [0, 1].</param>
/// <param name="Threshold">The greatest unknown score that is kept.</param>
public readonly record struct RocPoint(double FalsePositiveRate, double TruePositiveRate, float Threshold);
