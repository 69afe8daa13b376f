namespace Siamese.Pipelines.Rejection;

/// <summary>From which score on a row is unknown: a row is unknown where its score is greater than the threshold.</summary>
public abstract record RejectionThreshold
{
    private protected RejectionThreshold()
    {
    }

    /// <summary>Gets the method's name, as it stands in the metadata.</summary>
    public abstract string Name { get; }

    /// <summary>Gets the share of known rows that may be rejected, in (0, 1); null where the method takes none.</summary>
    public virtual double? Rate => null;

    /// <summary>Gets whether each predicted class has a threshold of its own.</summary>
    public virtual bool IsPerClass => false;

    /// <summary>Gets whether known rows that the score was not fitted on are needed.</summary>
    internal virtual bool NeedsCalibration => true;

    /// <summary>Gets whether examples of the unknown are needed.</summary>
    internal virtual bool NeedsOutliers => false;

    /// <summary>A threshold that is given: no row is held out for it.</summary>
    /// <param name="value">The greatest score that is still known; see the score's own range and direction.</param>
    /// <returns>The threshold.</returns>
    /// <exception cref="ArgumentException">The value is NaN.</exception>
    public static RejectionThreshold Fixed(float value) => new FixedThreshold(value);

    /// <summary>The threshold that rejects a share of the known rows that were held out.</summary>
    /// <param name="rate">The share in (0, 1), at most.</param>
    /// <param name="perClass">Whether each predicted class gets a threshold of its own, so that no class pays for another.</param>
    /// <returns>The threshold.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    public static RejectionThreshold FalseRejectionRate(double rate, bool perClass = false) => new FalseRejectionThreshold(rate) { PerClass = perClass };

    /// <summary>The threshold on p-values that keeps its promise however few rows were held out.</summary>
    /// <param name="rate">The chance in (0, 1), at most, that a known row is rejected.</param>
    /// <param name="perClass">Whether the promise holds for each predicted class.</param>
    /// <returns>The threshold.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    public static RejectionThreshold Conformal(double rate, bool perClass = false) => new ConformalThreshold(rate) { PerClass = perClass };

    /// <summary>The threshold that best separates known rows from examples of the unknown.</summary>
    /// <returns>The threshold.</returns>
    public static RejectionThreshold BestSeparation() => new SeparatingThreshold();

    /// <summary>Places the threshold.</summary>
    /// <param name="known">Scores of known rows that were held out, ascending.</param>
    /// <param name="unknown">Scores of examples of the unknown, ascending; empty where there are none.</param>
    /// <param name="rows">What errors call the known rows.</param>
    internal abstract float Place(float[] known, float[] unknown, string rows);

    private protected static double CheckRate(double rate) =>
        rate is > 0 and < 1
            ? rate
            : throw new ArgumentOutOfRangeException(nameof(rate), rate, $"rate is {rate}, but a share of rows to reject is greater than 0 and less than 1.");

    private protected ArgumentException TooFew(int found, int needed, string rows) =>
        new(
            $"A false rejection rate of {Rate} needs {needed} {rows} to calibrate on, but there are {found}. "
            + "Hold out more rows, or ask for a higher rate.",
            "calibration");
}
