namespace Siamese.Training.Runs;

/// <summary>What came of one epoch.</summary>
/// <param name="Loss">The mean of the batches' losses.</param>
/// <param name="ValidationLoss">The loss on the held-out rows; null where too few are held out.</param>
/// <param name="PrecisionAt1">The share of held-out rows whose nearest training row is of their class; null where none are held out.</param>
/// <param name="Collapsed">Whether the network gives all images the same embedding, as far as can be told.</param>
public sealed record EpochReport(double Loss, double? ValidationLoss, double? PrecisionAt1, bool Collapsed);
