namespace Siamese.Pipelines.Projection;

/// <summary>The k nearest others of each row, nearest first; others that are as near by their indices.</summary>
/// <param name="Indices">(N, k) rows.</param>
/// <param name="SquaredDistances">(N, k), in the scale of the search.</param>
/// <param name="Count">k.</param>
internal sealed record NeighborLists(int[] Indices, float[] SquaredDistances, int Count);
