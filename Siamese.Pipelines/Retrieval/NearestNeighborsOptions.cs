using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>How rows are classified by their nearest neighbours.</summary>
public sealed record NearestNeighborsOptions
{
    /// <summary>Gets the number of neighbours that vote, k.</summary>
    /// <value>The default is 1: precision@1, the field's first figure, is the accuracy of just this classifier.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int Neighbors { get; init => field = Guard.AtLeast(value, 1); } = 1;

    /// <summary>Gets the distance that makes a neighbour near.</summary>
    /// <value>The default is <see cref="DistanceMetric.Euclidean"/>.</value>
    public DistanceMetric Distance { get; init; } = DistanceMetric.Euclidean;

    /// <summary>Gets the batch size, the threads and what cancels.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();
}
