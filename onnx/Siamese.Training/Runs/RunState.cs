namespace Siamese.Training.Runs;

/// <summary>Where a run stands, beside its weights.</summary>
internal sealed class RunState
{
    /// <summary>Gets or sets the epoch that is under way, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Gets or sets the batches of that epoch that are done.</summary>
    public int Step { get; set; }

    /// <summary>Gets or sets the sum of that epoch's losses so far.</summary>
    public double LossSum { get; set; }

    /// <summary>Gets or sets the batches of the whole run.</summary>
    public int TotalSteps { get; set; }

    public long Images { get; set; }

    public double Seconds { get; set; }

    public double BestPrecision { get; set; } = -1;

    public int EpochsSinceBest { get; set; }

    public bool Ended { get; set; }

    public List<EpochReport> Epochs { get; init; } = [];

    /// <summary>Checks that a run can be in this state.</summary>
    /// <param name="epochs">All epochs of the run.</param>
    /// <exception cref="InvalidDataException">The values contradict each other.</exception>
    public void Check(int epochs)
    {
        if (Epoch < 0 || Step < 0 || TotalSteps < 0 || Images < 0 || !(Seconds >= 0) || EpochsSinceBest < 0 || Epochs is null
            || Epochs.Count != Epoch || Epochs.Contains(null!) || Epoch > epochs || (Epoch == epochs && !Ended) || (Ended && Epoch == 0))
        {
            throw new InvalidDataException("Its epochs and steps contradict each other.");
        }
    }
}
