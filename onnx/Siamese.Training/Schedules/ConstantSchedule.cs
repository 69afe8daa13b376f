namespace Siamese.Training.Schedules;

/// <summary>The same learning rate all along.</summary>
public sealed class ConstantSchedule : LearningRateSchedule
{
    /// <inheritdoc/>
    public override string Description => nameof(ConstantSchedule);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="progress"/> is not in [0, 1].</exception>
    public override double Factor(double progress)
    {
        CheckProgress(progress);
        return 1;
    }
}
