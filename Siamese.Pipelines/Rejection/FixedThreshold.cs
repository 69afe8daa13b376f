namespace Siamese.Pipelines.Rejection;

/// <summary>A threshold that is given.</summary>
public sealed record FixedThreshold : RejectionThreshold
{
    /// <summary>Makes the threshold.</summary>
    /// <param name="value">The greatest score that is still known.</param>
    /// <exception cref="ArgumentException">The value is NaN.</exception>
    public FixedThreshold(float value) =>
        Value = !float.IsNaN(value) ? value : throw new ArgumentException("The threshold is NaN, which no score is greater than.", nameof(value));

    /// <summary>Gets the greatest score that is still known.</summary>
    public float Value { get; }

    /// <inheritdoc/>
    public override string Name => "fixed";

    internal override bool NeedsCalibration => false;

    internal override float Place(float[] known, float[] unknown, string rows) => Value;
}
