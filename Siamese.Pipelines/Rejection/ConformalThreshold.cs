namespace Siamese.Pipelines.Rejection;

/// <summary>Rejects where the conformal p-value of a row is at most a rate; the p-value becomes a column.</summary>
/// <remarks>
/// p = (1 + the held-out rows that score at least as high) / (1 + the held-out rows). As long as a known row and the held-out rows are
/// exchangeable, it is rejected with a chance of at most the rate, however few were held out and whatever the score; with a promise for
/// each predicted class, the p-value counts the held-out rows of that class alone. Vovk, Gammerman and Shafer, Algorithmic Learning in a
/// Random World, 2005; Bates et al., Testing for Outliers with Conformal p-values, 2023.
/// </remarks>
public sealed record ConformalThreshold : RejectionThreshold
{
    private readonly double _rate;

    /// <summary>Makes the threshold.</summary>
    /// <param name="rate">The chance in (0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in (0, 1).</exception>
    public ConformalThreshold(double rate) => _rate = CheckRate(rate);

    /// <inheritdoc/>
    public override string Name => "conformal";

    /// <inheritdoc/>
    public override double? Rate => _rate;

    /// <summary>Gets whether the promise holds for each predicted class.</summary>
    public bool PerClass { get; init; }

    /// <inheritdoc/>
    public override bool IsPerClass => PerClass;

    internal override float Place(float[] known, float[] unknown, string rows)
    {
        // p ≤ rate exactly where the score is greater than the k-th smallest of n, k = ⌈(n + 1)(1 − rate)⌉.
        int rank = (int)Math.Ceiling(((known.Length + 1) * (1 - _rate)) - 1e-9);
        return rank <= known.Length ? known[Math.Max(0, rank - 1)] : throw TooFew(known.Length, (int)Math.Ceiling((1 / _rate) - 1 - 1e-9), rows);
    }
}
