using Siamese.Pipelines;
using Siamese.Training.Runs;

namespace Siamese.Training.Schedules;

/// <summary>
/// Rises to the highest learning rate, then falls to the lowest (Smith and Topin, Super-Convergence: Very Fast Training of Neural
/// Networks Using Large Learning Rates, 2018).
/// </summary>
/// <remarks>Both ways along half a cosine wave, as PyTorch's <c>OneCycleLR</c> does by default.</remarks>
public sealed class OneCycleSchedule : LearningRateSchedule
{
    /// <summary>Gets the share of the run in which the learning rate rises.</summary>
    /// <value>In [0, 1); the default is 0.2. 0 begins with the highest learning rate.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1).</exception>
    public double Warmup
    {
        get;
        init => field = value >= 0 && value < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Warmup), value, $"Warmup is {value}, but must be at least 0 and less than 1.");
    } = 0.2;

    /// <summary>Gets the factor at the start.</summary>
    /// <value>In (0, 1]; the default is 1/25, PyTorch's.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Start { get; init => field = Guard.InRange(Guard.Above(value, 0, nameof(Start)), 0, 1, nameof(Start)); } = 1 / 25.0;

    /// <summary>Gets the factor at the end.</summary>
    /// <value>In (0, 1]; the default is 4 × 10⁻⁶, PyTorch's: a ten-thousandth of its start.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in (0, 1].</exception>
    public double Floor { get; init => field = Guard.InRange(Guard.Above(value, 0, nameof(Floor)), 0, 1, nameof(Floor)); } = 4e-6;

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(OneCycleSchedule), (nameof(Warmup), Warmup), (nameof(Start), Start), (nameof(Floor), Floor));

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="progress"/> is not in [0, 1].</exception>
    public override double Factor(double progress)
    {
        CheckProgress(progress);
        return progress < Warmup
            ? Anneal(Start, 1, progress / Warmup)
            : Anneal(1, Floor, (progress - Warmup) / (1 - Warmup));
    }
}
