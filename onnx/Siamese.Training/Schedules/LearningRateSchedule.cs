using Siamese.Pipelines;

namespace Siamese.Training.Schedules;

/// <summary>How the learning rate changes over a training run.</summary>
public abstract class LearningRateSchedule : RecipePart
{
    /// <summary>Gives the learning rate at a point of the run, as a share of the highest.</summary>
    /// <param name="progress">The share of all steps that were taken, in [0, 1].</param>
    /// <returns>In (0, 1].</returns>
    public abstract double Factor(double progress);

    private protected static void CheckProgress(double progress) => Guard.InRange(progress, 0, 1, nameof(progress));

    /// <summary>Goes from one factor to another along half a cosine wave.</summary>
    private protected static double Anneal(double from, double to, double progress) =>
        to + ((from - to) * (1 + Math.Cos(Math.PI * progress)) / 2);
}
