namespace Siamese.Training.Datasets;

/// <summary>An image file and the class it belongs to.</summary>
/// <param name="Path">The full path of the image.</param>
/// <param name="Label">The class, as the image's folder is named.</param>
public sealed record LabeledImageFile(string Path, string Label);
