namespace Siamese.Pipelines.Projection;

/// <summary>The means to spend on principal components.</summary>
public sealed record PrincipalComponentsOptions
{
    /// <summary>Gets the seed of the directions that a search in more than 512 components starts from. One seed gives one result.</summary>
    public int Seed { get; init; }

    /// <summary>Gets the greatest number of threads, which does not change the result.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;

    /// <summary>Gets the token that stops the computation.</summary>
    public CancellationToken CancellationToken { get; init; }
}
