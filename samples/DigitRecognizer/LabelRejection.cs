namespace Siamese.Samples.DigitRecognizer;

/// <summary>How the pictures of one label are told from the known ones.</summary>
/// <param name="Label">The label.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Auroc">Against all known ones.</param>
/// <param name="Rejected">The share that is rejected.</param>
internal sealed record LabelRejection(string Label, int Count, double Auroc, double? Rejected);
