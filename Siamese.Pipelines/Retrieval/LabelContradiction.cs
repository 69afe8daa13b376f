namespace Siamese.Pipelines.Retrieval;

/// <summary>Two items of different labels that are nearly the same.</summary>
public sealed record LabelContradiction
{
    /// <summary>Initializes a pair.</summary>
    /// <param name="id">The id of one item.</param>
    /// <param name="otherId">The id of the other.</param>
    /// <param name="distance">Their distance in the gallery's metric. Smaller is nearer.</param>
    /// <exception cref="ArgumentNullException">An id is null.</exception>
    public LabelContradiction(string id, string otherId, float distance)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(otherId);
        Id = id;
        OtherId = otherId;
        Distance = distance;
    }

    /// <summary>Gets the id of one item.</summary>
    public string Id { get; }

    /// <summary>Gets the id of the other.</summary>
    public string OtherId { get; }

    /// <summary>Gets their distance in the gallery's metric. Smaller is nearer.</summary>
    public float Distance { get; }
}
