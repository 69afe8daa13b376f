using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Training.Runs;

namespace Siamese.Training;

/// <summary>Embeds images with the network that <see cref="TripletNetworkEstimator"/> trained.</summary>
public sealed class TripletNetworkTransformer : ImageEmbeddingTransformer
{
    internal TripletNetworkTransformer(
        MLContext ml, EmbeddingModel model, string outputColumn, string inputColumn, bool fromImages, EmbedImagesOptions options, TrainingReport report)
        : base(ml, model, outputColumn, inputColumn, fromImages, options) => Report = report;

    /// <summary>Gets what came of the training run.</summary>
    public TrainingReport Report { get; }
}
