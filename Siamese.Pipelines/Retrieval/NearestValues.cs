namespace Siamese.Pipelines.Retrieval;

/// <summary>The values of a graph that hold the nearest points of each row.</summary>
/// <param name="SquaredDistances">The squared distances (N, k), ascending, float64.</param>
/// <param name="Indices">Which points they are (N, k), int64; of equally near ones the first.</param>
internal sealed record NearestValues(string SquaredDistances, string Indices);
