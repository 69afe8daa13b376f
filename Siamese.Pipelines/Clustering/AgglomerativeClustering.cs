using Microsoft.ML;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Clustering;

/// <summary>Clusters embeddings from the bottom up: the nearest two clusters become one, until all rows are together.</summary>
/// <remarks>
/// By the nearest-neighbour chain (Murtagh, 1983): O(n²) time, and 2 n² bytes for the distances of all pairs, which is 200 MB for 10,000
/// rows. The merges are those of the slow way of looking through all pairs each time, where no two distances are equal.
/// </remarks>
public static class AgglomerativeClustering
{
    /// <summary>Clusters embeddings.</summary>
    /// <param name="embeddings">(n, D) float32, row after row, n from 1 to 65,536; all finite.</param>
    /// <param name="dimension">D, at least 1.</param>
    /// <param name="options">The linkage and the distance; null for Ward's and the Euclidean.</param>
    /// <returns>The tree of merges, to be cut.</returns>
    /// <exception cref="ArgumentException">There are no rows, too many, or no whole number of them, or a component is not finite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Dendrogram Cluster(ReadOnlySpan<float> embeddings, int dimension, ClusteringOptions? options = null)
    {
        Guard.AtLeast(dimension, 1, nameof(dimension));
        if (embeddings.IsEmpty || embeddings.Length % dimension != 0 || embeddings.Length / dimension > PairDistances.GreatestCount)
        {
            throw new ArgumentException(
                $"There are {embeddings.Length} components, but 1 to {PairDistances.GreatestCount} whole rows of {dimension} are clustered.",
                nameof(embeddings));
        }

        options ??= new ClusteringOptions();
        PairDistances distances = PairDistances.Of(embeddings.ToArray(), dimension, options);
        return new NearestNeighborChain(distances, options).Run();
    }

    /// <summary>Clusters the rows of a view.</summary>
    /// <param name="view">1 to 65,536 rows, read once, into memory.</param>
    /// <param name="embeddingColumnName">A column of vectors of Single, all finite.</param>
    /// <param name="options">The linkage and the distance; null for Ward's and the Euclidean.</param>
    /// <returns>The tree of merges, to be cut.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows or too many, the column is missing or of another type, or a component is not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static Dendrogram Cluster(IDataView view, string embeddingColumnName = "Embedding", ClusteringOptions? options = null)
    {
        EmbeddingColumns rows = EmbeddingColumns.Read(
            view, embeddingColumnName, labelColumnName: null, options?.CancellationToken ?? CancellationToken.None);
        return Cluster(rows.Embeddings, rows.Dimension, options);
    }
}
