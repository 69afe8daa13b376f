using System.Globalization;
using System.Numerics.Tensors;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Where embeddings live: only those of one network, compared by one distance, say anything of each other.</summary>
public sealed record EmbeddingSpace
{
    // Squares of differences of such vectors stay far from the end of float32.
    private const float GreatestLength = 1e18f;

    // Of rows that were scaled to length 1 and rounded.
    private const float SlackOfUnitSquare = 1e-3f;

    /// <summary>The most components of an embedding: rows of 4 MB.</summary>
    internal const int GreatestDimension = 1 << 20;

    /// <summary>Initializes the space of a network's embeddings.</summary>
    /// <param name="network">
    /// What made the embeddings, such as <see cref="EmbeddingModel.Identity"/>; with whatever else changes them, such as how faces were aligned.
    /// </param>
    /// <param name="dimension">D, the number of components of an embedding, from 1 to 1,048,576.</param>
    /// <param name="distance">The distance between two of them.</param>
    /// <exception cref="ArgumentException">The network is blank.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is out of its range, or the distance is not a member of the enumeration.</exception>
    public EmbeddingSpace(string network, int dimension, DistanceMetric distance = DistanceMetric.Euclidean)
    {
        Network = Guard.NotBlank(network, nameof(network));
        Dimension = Guard.InRange(dimension, 1, GreatestDimension, nameof(dimension));
        Distance = Enum.IsDefined(distance)
            ? distance
            : throw new ArgumentOutOfRangeException(nameof(distance), distance, $"{distance} is not a distance metric.");
    }

    /// <summary>Gets what made the embeddings.</summary>
    public string Network { get; }

    /// <summary>Gets D, the number of components of an embedding.</summary>
    public int Dimension { get; }

    /// <summary>Gets the distance between two embeddings. Smaller is nearer.</summary>
    public DistanceMetric Distance { get; }

    /// <summary>Gets the distance up to which the network takes two embeddings for one class; null where it is not known.</summary>
    /// <value>It has no part in equality: two spaces that differ in it hold embeddings that can be compared.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public float? VerificationThreshold
    {
        get;
        init => field = value is { } distance ? Guard.InRange(distance, 0, float.MaxValue) : null;
    }

    /// <summary>Gives the space of a network's embeddings: its identity, dimension, distance and verification threshold.</summary>
    /// <param name="model">The network.</param>
    /// <returns>The space.</returns>
    public static EmbeddingSpace Of(EmbeddingModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new EmbeddingSpace(model.Identity, model.Dimension, model.Distance) { VerificationThreshold = model.VerificationThreshold };
    }

    /// <summary>Returns whether another space has the same network, dimension and distance.</summary>
    /// <param name="other">The other space.</param>
    /// <returns>Whether embeddings of the two can be compared.</returns>
    public bool Equals(EmbeddingSpace? other) =>
        other is not null && Network == other.Network && Dimension == other.Dimension && Distance == other.Distance;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Network, Dimension, Distance);

    /// <summary>Says dimension, distance and network.</summary>
    /// <returns>For example <c>128 components, Euclidean, of network 3f2a…</c>.</returns>
    public override string ToString() => $"{Dimension} components, {Distance}, of network '{Network}'";

    /// <summary>Returns whether <see cref="Prepare"/> may have made an embedding whose components' squares have a sum.</summary>
    internal bool Allows(float sumOfSquares) => Distance == DistanceMetric.Cosine
        ? Math.Abs(sumOfSquares - 1) <= SlackOfUnitSquare
        : sumOfSquares <= (1 + SlackOfUnitSquare) * GreatestLength * GreatestLength;

    /// <summary>Checks an embedding, and gives it as galleries keep and compare it: scaled to length 1 where the distance is the cosine.</summary>
    internal float[] Prepare(ReadOnlySpan<float> embedding, string what, string parameter)
    {
        if (embedding.Length != Dimension)
        {
            throw new ArgumentException(
                $"{what} has {embedding.Length} components, but this gallery holds embeddings of {Dimension}. "
                + "Embed with the network that filled the gallery.",
                parameter);
        }

        if (!TensorPrimitives.IsFiniteAll(embedding))
        {
            int at = 0;
            while (float.IsFinite(embedding[at]))
            {
                at++;
            }

            throw new ArgumentException(
                $"{what} holds {embedding[at].ToString(CultureInfo.InvariantCulture)} in component {at}, but embeddings must be finite. "
                + "Leave it out, or repair the network or the image it comes from.",
                parameter);
        }

        double squares = 0;
        foreach (float component in embedding)
        {
            squares += (double)component * component;
        }

        double length = Math.Sqrt(squares);
        float[] prepared = embedding.ToArray();
        if (Distance == DistanceMetric.Cosine)
        {
            if (length == 0)
            {
                throw new ArgumentException(
                    $"{what} is zero, which has no direction and so no cosine distance. Leave it out, or use the Euclidean distance.", parameter);
            }

            for (int i = 0; i < prepared.Length; i++)
            {
                prepared[i] = (float)(prepared[i] / length);
            }
        }
        else if (length > GreatestLength)
        {
            throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{what} is {length:G3} long, but at most {GreatestLength:G1} can be compared in float32. ")
                + "Normalise the embeddings.",
                parameter);
        }

        return prepared;
    }
}
