namespace Siamese.Training.Datasets;

/// <summary>A data set as it is published: what to learn from, and what to be judged by.</summary>
/// <param name="Train">The images to train on. Recipes and thresholds are chosen on held-out images of these.</param>
/// <param name="Test">The images to report scores of, and for nothing else. They have the size of <paramref name="Train"/>'s.</param>
public sealed record TrainTestImages(LabeledImages Train, LabeledImages Test);
