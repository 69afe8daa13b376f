namespace Siamese.Samples.DigitRecognizer;

/// <summary>What a margin makes of the recipe.</summary>
/// <param name="Margin">How much nearer a positive shall be than a negative.</param>
/// <param name="Accuracy">Softmax over the embeddings, test images.</param>
/// <param name="PrecisionAt1">Test images whose nearest training image is of their class.</param>
/// <param name="Collapsed">Whether all images have all but the same embedding.</param>
internal sealed record MarginMetric(double Margin, double Accuracy, double PrecisionAt1, bool Collapsed);
