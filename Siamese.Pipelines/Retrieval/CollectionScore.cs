using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Turns the scores of a collection into the distances of a gallery.</summary>
internal static class CollectionScore
{
    // Engines that keep codes in place of vectors miss the ends of the range by a few hundredths.
    private const double Slack = 0.05;

    public static string FunctionOf(DistanceMetric distance) =>
        distance == DistanceMetric.Cosine ? DistanceFunction.CosineDistance : DistanceFunction.EuclideanDistance;

    /// <summary>Returns the conversion of a distance function's scores. It returns null for a score that the function cannot have.</summary>
    /// <exception cref="ArgumentException">The function orders the items otherwise than the distance does.</exception>
    public static Func<double, float?> ToDistance(DistanceMetric distance, string function, string parameter)
    {
        Func<double, double> convert = (distance, function) switch
        {
            (DistanceMetric.Euclidean, DistanceFunction.EuclideanDistance) => score => score,
            (DistanceMetric.Euclidean, DistanceFunction.EuclideanSquaredDistance) => RootOf,
            (DistanceMetric.Cosine, DistanceFunction.CosineDistance) => score => score,
            (DistanceMetric.Cosine, DistanceFunction.CosineSimilarity) => score => 1 - score,

            // Embeddings of the cosine distance are kept at length 1, where these mean the same.
            (DistanceMetric.Cosine, DistanceFunction.DotProductSimilarity) => score => 1 - score,
            (DistanceMetric.Cosine, DistanceFunction.NegativeDotProductSimilarity) => score => 1 + score,
            (DistanceMetric.Cosine, DistanceFunction.EuclideanDistance) => score => Math.CopySign(score * score / 2, score),
            (DistanceMetric.Cosine, DistanceFunction.EuclideanSquaredDistance) => score => score / 2,
            _ => throw new ArgumentException(
                $"The collection's distance function is {function}, which does not order items as the {distance} distance does. Make the collection with "
                + $"{FunctionOf(distance)}.",
                parameter),
        };
        double greatest = distance == DistanceMetric.Cosine ? 2 + Slack : float.MaxValue;
        return score => double.IsFinite(score) && convert(score) is >= -Slack and var found && found <= greatest ? (float)Math.Max(0, found) : null;
    }

    // A squared distance that is summed by expansion is below 0 by the rounding of far larger numbers.
    private static double RootOf(double square) => Math.Sqrt(Math.Max(0, square));
}
