using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Turns the scores of a collection into the distances of a gallery.</summary>
internal static class CollectionScore
{
    public static string FunctionOf(DistanceMetric distance) =>
        distance == DistanceMetric.Cosine ? DistanceFunction.CosineDistance : DistanceFunction.EuclideanDistance;

    /// <summary>Gives the conversion of a distance function's scores.</summary>
    /// <exception cref="ArgumentException">The function orders the items otherwise than the distance does.</exception>
    public static Func<double, float> ToDistance(DistanceMetric distance, string function, string parameter) => (distance, function) switch
    {
        (DistanceMetric.Euclidean, DistanceFunction.EuclideanDistance) => score => (float)score,
        (DistanceMetric.Euclidean, DistanceFunction.EuclideanSquaredDistance) => score => (float)Math.Sqrt(Math.Max(0, score)),
        (DistanceMetric.Cosine, DistanceFunction.CosineDistance) => score => (float)Math.Max(0, score),
        (DistanceMetric.Cosine, DistanceFunction.CosineSimilarity) => score => (float)Math.Max(0, 1 - score),

        // Embeddings of the cosine distance are kept at length 1, where these say the same.
        (DistanceMetric.Cosine, DistanceFunction.DotProductSimilarity) => score => (float)Math.Max(0, 1 - score),
        (DistanceMetric.Cosine, DistanceFunction.NegativeDotProductSimilarity) => score => (float)Math.Max(0, 1 + score),
        (DistanceMetric.Cosine, DistanceFunction.EuclideanDistance) => score => (float)(score * score / 2),
        (DistanceMetric.Cosine, DistanceFunction.EuclideanSquaredDistance) => score => (float)(Math.Max(0, score) / 2),
        _ => throw new ArgumentException(
            $"The collection's distance function is {function}, which does not order items as the {distance} distance does. Make the collection with "
            + $"{FunctionOf(distance)}.",
            parameter),
    };
}
