namespace Siamese.Pipelines.Evaluation;

/// <summary>How rejection is evaluated: the intervals, and the means to spend. Neither changes the figures themselves.</summary>
public sealed record RejectionEvaluationOptions
{
    /// <summary>Gets the number of bootstrap samples that the intervals come from.</summary>
    /// <value>
    /// The default is 1,000, as Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), advise for percentiles. 0 leaves
    /// the intervals out. Time grows with samples × rows.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int BootstrapSamples { get; init => field = Guard.AtLeast(value, 0, nameof(BootstrapSamples)); } = 1000;

    /// <summary>Gets the confidence of the intervals.</summary>
    /// <value>The default is 0.95: an interval leaves out 2.5 % of the samples at either end.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not between 0 and 1, or is one of them.</exception>
    public double Confidence
    {
        get;
        init => field = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(Confidence), value, $"Confidence is {value}, but must be greater than 0 and less than 1. For 95 % give 0.95.");
    } = 0.95;

    /// <summary>Gets what the bootstrap samples are drawn by: one seed gives the same intervals, for every number of threads.</summary>
    /// <value>The default is 1.</value>
    public int Seed { get; init; } = 1;

    /// <summary>Gets the greatest number of threads that draw bootstrap samples.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism
    {
        get;
        init => field = Guard.AtLeast(value, 1, nameof(MaxDegreeOfParallelism));
    } = Environment.ProcessorCount;

    /// <summary>Gets the token that stops the evaluation.</summary>
    /// <value>It is heeded between two rows that are read and two bootstrap samples.</value>
    public CancellationToken CancellationToken { get; init; }
}
