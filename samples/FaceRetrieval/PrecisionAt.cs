namespace Siamese.Samples.FaceRetrieval;

/// <summary>The mean share of the person among the k nearest.</summary>
internal sealed record PrecisionAt(int K, double Precision);
