namespace Siamese.Pipelines.Clustering;

/// <summary>A step of a <see cref="Dendrogram"/>: two clusters become one.</summary>
/// <param name="First">A cluster: a row below n, the number of rows; n + i is what merge i made. Less than <paramref name="Second"/>.</param>
/// <param name="Second">The other cluster.</param>
/// <param name="Distance">How far apart the two are, by the linkage.</param>
/// <param name="Size">How many rows the new cluster has, at least 2.</param>
public readonly record struct ClusterMerge(int First, int Second, float Distance, int Size);
