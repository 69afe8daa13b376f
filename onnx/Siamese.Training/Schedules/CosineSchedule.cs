using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Schedules;

/// <summary>
/// Falls from the highest learning rate to the lowest along half a cosine wave (Loshchilov and Hutter, SGDR: Stochastic Gradient Descent
/// with Warm Restarts, 2017; without restarts).
/// </summary>
public sealed class CosineSchedule : LearningRateSchedule
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="floor">The factor at the end, in (0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="floor"/> is not in (0, 1].</exception>
    public CosineSchedule(double floor = 0.001)
    {
        Floor = Guard.InRange(Guard.Above(floor, 0, nameof(floor)), 0, 1, nameof(floor));
    }

    /// <summary>Gets the factor at the end.</summary>
    public double Floor { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(CosineSchedule), (nameof(Floor), Floor));

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="progress"/> is not in [0, 1].</exception>
    public override double Factor(double progress)
    {
        CheckProgress(progress);
        return Anneal(1, Floor, progress);
    }
}
