namespace Siamese.Pipelines.Embeddings;

/// <summary>How far apart two embeddings are. Smaller is nearer for every member.</summary>
public enum DistanceMetric
{
    /// <summary>√Σ(x − y)², in [0, ∞).</summary>
    Euclidean,

    /// <summary>1 − x·y / (‖x‖ ‖y‖), in [0, 2]: 0 in the same direction, 1 at right angles, 2 opposed.</summary>
    /// <remarks>
    /// The zero vector has no direction: its distance is taken as 1 to every vector. On unit vectors the ranking is that of
    /// <see cref="Euclidean"/>.
    /// </remarks>
    Cosine,
}
