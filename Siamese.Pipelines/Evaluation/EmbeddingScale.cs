using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Evaluation;

/// <summary>Scales embeddings so that their squared Euclidean distance ranks them as the metric does, without overflow.</summary>
/// <remarks>
/// For the cosine each row is brought to unit length, where the squared distance is twice the cosine distance, and exact for near
/// neighbors, which 1 − x·y is not. For the Euclidean distance all rows take one power of two, so that the greatest component is in
/// [0.5, 1): no square overflows, and since the scaling rounds nothing, ranks and ties are those of the values given.
/// </remarks>
internal readonly struct EmbeddingScale
{
    private readonly bool _toUnitLength;
    private readonly double _factor;

    public EmbeddingScale(DistanceMetric metric, float greatestMagnitude)
    {
        _toUnitLength = metric == DistanceMetric.Cosine;
        _factor = greatestMagnitude == 0 ? 1 : Math.ScaleB(1, -Math.ILogB(greatestMagnitude) - 1);
    }

    /// <summary>Gets the factor of the components where the distance is Euclidean: a power of two.</summary>
    public double Factor => _factor;

    /// <summary>Finds the greatest magnitude of all components, and refuses components that are not finite.</summary>
    /// <exception cref="ArgumentException">A component is NaN or infinite: its row and position are named.</exception>
    public static float GreatestMagnitude(ReadOnlySpan<float> embeddings, int dimension, string name)
    {
        float greatest = Math.Abs(TensorPrimitives.MaxMagnitude(embeddings));
        if (float.IsFinite(greatest))
        {
            return greatest;
        }

        int at = FirstNotFinite(embeddings);
        throw new ArgumentException(
            $"Row {at / dimension} of {name} holds {embeddings[at]} in component {at % dimension}, but embeddings must be finite. "
            + "Leave the row out, or correct the network or the image it comes from.",
            name);
    }

    /// <summary>Finds the first component that is NaN or infinite: −1 where all are finite.</summary>
    public static int FirstNotFinite(ReadOnlySpan<float> components)
    {
        if (TensorPrimitives.IsFiniteAll(components))
        {
            return -1;
        }

        int at = 0;
        while (float.IsFinite(components[at]))
        {
            at++;
        }

        return at;
    }

    /// <summary>Scales one row.</summary>
    /// <returns>False if the row has no direction though the metric asks for one; the destination is zero then.</returns>
    public bool Apply(ReadOnlySpan<float> row, Span<float> destination)
    {
        double factor = _factor;
        if (_toUnitLength)
        {
            double squares = 0;
            foreach (float component in row)
            {
                squares += (double)component * component;
            }

            factor = squares == 0 ? 0 : 1 / Math.Sqrt(squares);
        }

        for (int i = 0; i < row.Length; i++)
        {
            destination[i] = (float)(row[i] * factor);
        }

        return factor != 0;
    }
}
