namespace Siamese.Pipelines.Retrieval;

/// <summary>An item of a gallery that is near a query.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Label">The item's label, such as the name of a person.</param>
/// <param name="Distance">How far the item is from the query, at least 0, in the unit of the gallery's distance. Smaller is nearer.</param>
public readonly record struct Match(string Id, string Label, float Distance);
