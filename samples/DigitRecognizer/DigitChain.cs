using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Siamese.Pipelines.Embeddings;
using Siamese.Training.Datasets;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The steps before and after the network, whether it was trained just now or came as a file.</summary>
internal static class DigitChain
{
    public const string Embedding = "Embedding";

    /// <summary>What the network's last layer takes: wider than the embedding, and better at telling what is no digit.</summary>
    public const string Hidden = "Hidden";

    public const string HiddenUnit = "HiddenUnit";

    /// <summary>Gets what the chain makes of an image before it rejects any.</summary>
    public static string[] Columns { get; } = [Embedding, Hidden, HiddenUnit, "Features", "Label", "Score", "PredictedLabel"];

    /// <summary>How the network is put into a chain, wherever it is from.</summary>
    public static EmbedImagesOptions Embed { get; } = new() { HiddenColumnName = Hidden };

    /// <summary>Makes keys of the labels, numbered in the order of the labels.</summary>
    public static IEstimator<ITransformer> Keys(MLContext ml) =>
        ml.Transforms.Conversion.MapValueToKey("Label", keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue);

    /// <summary>Classifies over the embeddings, brought to length 1 unless told to leave them as they are.</summary>
    public static IEstimator<ITransformer> Classify(MLContext ml, bool raw = false) =>
        (raw ? (IEstimator<ITransformer>)ml.Transforms.CopyColumns("Features", Embedding) : ml.Transforms.NormalizeLpNorm("Features", Embedding))
            .Append(ml.Transforms.NormalizeLpNorm(HiddenUnit, Hidden))
            .Append(ml.MetricLearning.SoftmaxClassifier());

    /// <summary>Says the class as text, which is empty where it is unknown.</summary>
    public static IEstimator<ITransformer> Say(MLContext ml) => ml.Transforms.Conversion.MapKeyToValue("Digit", "PredictedLabel");

    /// <summary>
    /// Classifies with the network that comes with this sample, fitted on the digits that come with it: no network is trained. A fifth of the
    /// digits is kept from the classifier, and places the threshold of what is none.
    /// </summary>
    public static ITransformer Shipped(MLContext ml)
    {
        EmbeddingModel network = EmbeddingModel.Load(Path.Combine(AppContext.BaseDirectory, "models", "digits.onnx"));
        IDataView digits = MnistDataset.Load(DigitData.ShippedFolder).Train.ToDataView(ml);
        ITransformer embedder = Keys(ml).Append(ml.MetricLearning.EmbedImages(Embedding, network, "Image", Embed)).Fit(digits);
        DataOperationsCatalog.TrainTestData rows = ml.Data.TrainTestSplit(ml.Data.Cache(embedder.Transform(digits), Embedding, Hidden, "Label"), testFraction: 0.2, seed: 1);
        ITransformer classifier = Classify(ml).Fit(rows.TrainSet);
        ITransformer rejecter = ScoreChoice.All.Single(choice => choice.Name == ScoreChoice.Default).Estimator(ml, TrainSettings.DefaultFalseRejection)
            .Fit(classifier.Transform(rows.TrainSet), classifier.Transform(rows.TestSet));
        ITransformer digitsChain = new TransformerChain<ITransformer>(embedder, classifier, rejecter);
        return new TransformerChain<ITransformer>(digitsChain, Say(ml).Fit(digitsChain.Transform(digits)));
    }
}
