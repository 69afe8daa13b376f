namespace Siamese.Pipelines.Rejection;

/// <summary>The smallest threshold that rejects at most a share of the known rows that were held out.</summary>
public sealed record FalseRejectionThreshold : RejectionThreshold
{
    private readonly double _rate;

    /// <summary>Makes the threshold.</summary>
    /// <param name="rate">The share in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    public FalseRejectionThreshold(double rate) => _rate = CheckRate(rate);

    /// <inheritdoc/>
    public override string Name => "false-rejection-rate";

    /// <inheritdoc/>
    public override double? Rate => _rate;

    /// <summary>Gets whether each predicted class gets a threshold of its own.</summary>
    public bool PerClass { get; init; }

    /// <inheritdoc/>
    public override bool IsPerClass => PerClass;

    internal override float Place(float[] known, float[] unknown, string rows)
    {
        // The small term keeps 0.01 × 300 from falling to 2.
        int rejected = (int)Math.Floor((_rate * known.Length) + 1e-9);
        return rejected > 0 ? known[known.Length - 1 - rejected] : throw TooFew(known.Length, (int)Math.Ceiling((1 / _rate) - 1e-9), rows);
    }
}
