namespace Siamese.Training.Runs;

/// <summary>How far a run has come.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Step">The batches of this epoch that are done.</param>
/// <param name="Steps">All batches of this epoch.</param>
/// <param name="Loss">The mean loss of the epoch so far.</param>
/// <param name="ImagesPerSecond">Images trained on a second since the run began or went on, validation left out.</param>
/// <param name="Finished">What came of the epoch, where it has just ended; otherwise null.</param>
public sealed record TrainingProgress(int Epoch, int Epochs, int Step, int Steps, double Loss, double ImagesPerSecond, EpochReport? Finished);
