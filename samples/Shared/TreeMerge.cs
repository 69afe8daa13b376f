namespace Siamese.Samples.Shared;

/// <summary>A step of an agglomerative clustering of n leaves: two clusters become one.</summary>
/// <param name="First">A cluster: a leaf below n; n + i is what merge i made.</param>
/// <param name="Second">The other cluster.</param>
/// <param name="Distance">How far apart the two are, not negative, and not less than that of the merges before.</param>
public readonly record struct TreeMerge(int First, int Second, double Distance);
