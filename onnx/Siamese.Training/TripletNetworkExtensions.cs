using Siamese.Pipelines;
using Siamese.Training;

namespace Microsoft.ML;

/// <summary>Adds the training of networks to <c>ml.MetricLearning</c>.</summary>
public static class TripletNetworkExtensions
{
    /// <summary>Trains an embedding network by triplet loss, and embeds with it.</summary>
    /// <param name="catalog">The catalogue.</param>
    /// <param name="outputColumnName">The column of embeddings to add.</param>
    /// <param name="imageColumnName">Text, the paths of image files; images; or vectors of pixels of [0, 255], channel by channel.</param>
    /// <param name="labelColumnName">The classes: keys, numbers or text. Rows whose label is missing are left out.</param>
    /// <param name="options">How to train; null for the defaults.</param>
    /// <returns>The estimator. Dispose its transformer.</returns>
    public static TripletNetworkEstimator TripletNetwork(
        this MetricLearningCatalog catalog,
        string outputColumnName,
        string imageColumnName,
        string labelColumnName = "Label",
        TripletNetworkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrWhiteSpace(outputColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(imageColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(labelColumnName);
        return new TripletNetworkEstimator(catalog.Context, outputColumnName, imageColumnName, labelColumnName, options ?? new TripletNetworkOptions());
    }
}
