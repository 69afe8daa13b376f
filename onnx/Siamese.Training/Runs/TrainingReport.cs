namespace Siamese.Training.Runs;

/// <summary>What came of a run.</summary>
/// <param name="Epochs">What came of each epoch.</param>
/// <param name="Steps">Batches trained on.</param>
/// <param name="Images">Images trained on, each as often as it was in a batch.</param>
/// <param name="Seconds">Time that the batches took, those before an interruption included; validation and export left out.</param>
/// <param name="TrainingRows">Rows trained on.</param>
/// <param name="ValidationRows">Rows held out.</param>
/// <param name="Classes">Classes.</param>
/// <param name="LargestDifference">The largest difference of a component between the exported network and the trained one, over rows of the data.</param>
public sealed record TrainingReport(
    IReadOnlyList<EpochReport> Epochs,
    int Steps,
    long Images,
    double Seconds,
    int TrainingRows,
    int ValidationRows,
    int Classes,
    double LargestDifference)
{
    /// <summary>Gets the number of rows that were left out, since their label is missing: a missing key, an empty text or NaN.</summary>
    public int RowsWithoutLabel { get; init; }

    /// <summary>Gets the images trained on a second.</summary>
    public double ImagesPerSecond => Seconds > 0 ? Images / Seconds : 0;

    /// <summary>Gets whether the last epoch's network gives all images the same embedding.</summary>
    public bool Collapsed => Epochs[^1].Collapsed;
}
