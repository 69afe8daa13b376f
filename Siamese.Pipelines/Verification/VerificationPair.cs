namespace Siamese.Pipelines.Verification;

/// <summary>Two embeddings of which is known whether they are of one class, such as one person.</summary>
/// <param name="Distance">How far apart they are. Smaller is nearer.</param>
/// <param name="IsSame">Whether they are of one class.</param>
public readonly record struct VerificationPair(float Distance, bool IsSame);
