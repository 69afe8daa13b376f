namespace Siamese.Samples.DigitRecognizer;

internal enum Recipe
{
    Best,
    Seed,
}
