using Microsoft.ML;
using Microsoft.ML.Transforms;
using Siamese.Pipelines.Embeddings;
using Siamese.Training.Datasets;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The steps before and after the network, whether it was trained just now or came as a file.</summary>
internal static class DigitChain
{
    /// <summary>Makes keys of the labels, numbered in the order of the labels.</summary>
    public static IEstimator<ITransformer> Keys(MLContext ml) =>
        ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

    /// <summary>Classifies over the embeddings, and says the class as text.</summary>
    public static IEstimator<ITransformer> Classify(MLContext ml) =>
        ml.Transforms.NormalizeLpNorm("Features", "Embedding")
            .Append(ml.MetricLearning.SoftmaxClassifier())
            .Append(ml.Transforms.Conversion.MapKeyToValue("Digit", "PredictedLabel"));

    /// <summary>Classifies with the network that comes with this sample, fitted on the digits that come with it: no network is trained.</summary>
    public static ITransformer Shipped(MLContext ml)
    {
        EmbeddingModel network = EmbeddingModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "digits.onnx"));
        IDataView digits = MnistDataset.Load(DigitData.ShippedFolder).Train.ToDataView(ml);
        return Keys(ml).Append(ml.MetricLearning.EmbedImages("Embedding", network, "Image")).Append(Classify(ml)).Fit(digits);
    }
}
