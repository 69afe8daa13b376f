namespace Siamese.Pipelines.Embeddings;

/// <summary>Where embeddings live: only those of one network, compared by one distance, say anything of each other.</summary>
public sealed record EmbeddingSpace
{
    /// <summary>Initializes the space of a network's embeddings.</summary>
    /// <param name="network">
    /// What made the embeddings, such as <see cref="EmbeddingModel.Identity"/>; with whatever else changes them, such as how faces were aligned.
    /// </param>
    /// <param name="dimension">D, the number of components of an embedding, at least 1.</param>
    /// <param name="distance">The distance between two of them.</param>
    /// <exception cref="ArgumentException">The network is blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1, or the distance no member of the enumeration.</exception>
    public EmbeddingSpace(string network, int dimension, DistanceMetric distance = DistanceMetric.Euclidean)
    {
        Network = Guard.NotBlank(network, nameof(network));
        Dimension = Guard.AtLeast(dimension, 1, nameof(dimension));
        Distance = Enum.IsDefined(distance)
            ? distance
            : throw new ArgumentOutOfRangeException(nameof(distance), distance, $"{distance} is no distance metric.");
    }

    /// <summary>Gets what made the embeddings.</summary>
    public string Network { get; }

    /// <summary>Gets D, the number of components of an embedding.</summary>
    public int Dimension { get; }

    /// <summary>Gets the distance between two embeddings. Smaller is nearer.</summary>
    public DistanceMetric Distance { get; }

    /// <summary>Gives the space of a network's embeddings: its identity, dimension and distance.</summary>
    /// <param name="model">The network.</param>
    /// <returns>The space.</returns>
    public static EmbeddingSpace Of(EmbeddingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new EmbeddingSpace(model.Identity, model.Dimension, model.Distance);
    }

    /// <summary>Says dimension, distance and network.</summary>
    /// <returns>For example <c>128 components, Euclidean, of network 3f2a…</c>.</returns>
    public override string ToString() => $"{Dimension} components, {Distance}, of network '{Network}'";
}
