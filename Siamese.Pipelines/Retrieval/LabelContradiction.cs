namespace Siamese.Pipelines.Retrieval;

/// <summary>Two items of different labels that are nearly the same.</summary>
/// <param name="Id">The id of one item.</param>
/// <param name="OtherId">The id of the other.</param>
/// <param name="Distance">Their distance in the gallery's metric. Smaller is nearer.</param>
public sealed record LabelContradiction(string Id, string OtherId, float Distance);
