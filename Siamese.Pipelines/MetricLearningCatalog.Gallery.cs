using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Siamese.Pipelines.Clustering;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Verification;

namespace Siamese.Pipelines;

public sealed partial class MetricLearningCatalog
{
    /// <summary>Clusters the rows of a view from the bottom up: the nearest two clusters become one, until all are together.</summary>
    /// <param name="view">1 to 65,536 rows, read once, into memory; 10,000 of them take 200 MB.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="options">The linkage and the distance; null for Ward's and the Euclidean.</param>
    /// <returns>The tree of merges, to be cut by a number of clusters or a distance.</returns>
    /// <exception cref="ArgumentException">
    /// There are no rows or too many, the column is missing or of another type, or an embedding is not finite.
    /// </exception>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning, as every catalogue's members are.")]
    public Dendrogram Cluster(IDataView view, string embeddingColumnName = "Embedding", ClusteringOptions? options = null) =>
        AgglomerativeClustering.Cluster(view, embeddingColumnName, options);

    /// <summary>Measures how well the distance of two rows tells whether they are of one class, over all pairs of the rows.</summary>
    /// <param name="view">The rows: n of them make n (n − 1) / 2 pairs.</param>
    /// <param name="embeddingColumnName">The embeddings.</param>
    /// <param name="labelColumnName">The classes: keys, text or numbers, none missing.</param>
    /// <param name="distance">The distance.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>ROC, AUC, EER, TAR at FAR and the best threshold.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, there are no pairs of one kind, a label is missing or an embedding not finite.
    /// </exception>
    [SuppressMessage("Performance", "CA1822", Justification = "It is reached as ml.MetricLearning, as every catalogue's members are.")]
    public VerificationMetrics EvaluateVerification(
        IDataView view,
        string embeddingColumnName = "Embedding",
        string labelColumnName = "Label",
        DistanceMetric distance = DistanceMetric.Euclidean,
        CancellationToken cancellationToken = default) =>
        VerificationEvaluator.EvaluateAllPairs(view, embeddingColumnName, labelColumnName, distance, cancellationToken);
}
