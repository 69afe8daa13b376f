namespace Siamese.Pipelines.Verification;

/// <summary>A part of the pairs, judged by a threshold that was chosen on all others.</summary>
/// <param name="Accuracy">The share of its pairs told rightly, in [0, 1].</param>
/// <param name="Threshold">The threshold.</param>
public readonly record struct VerificationFold(double Accuracy, float Threshold);
