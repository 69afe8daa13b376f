namespace Siamese.Samples.DigitRecognizer;

internal enum Miner
{
    SemiHard,
    BatchHard,
    BatchAll,
    DistanceWeighted,
    Random,
}
