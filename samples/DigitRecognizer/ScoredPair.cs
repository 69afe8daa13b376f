namespace Siamese.Samples.DigitRecognizer;

/// <summary>What one score says of the test images and of one set of unknown pictures.</summary>
internal sealed record ScoredPair(string Score, string Set, float[] Known, float[] Unknown);
