namespace Siamese.Pipelines.Projection;

/// <summary>How rows are projected to a plane by t-SNE. Where no source is named, the defaults are those of scikit-learn 1.2.</summary>
public sealed record TSneOptions
{
    /// <summary>Gets the effective number of neighbours that a row minds.</summary>
    /// <value>
    /// The default is 30; 5 to 50 are usual (van der Maaten and Hinton, 2008). The 3 × perplexity + 1 nearest others of each row are
    /// searched, so that at least 3 × perplexity + 1 rows are needed.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 or not finite.</exception>
    public double Perplexity { get; init => field = Guard.InRange(value, 1, double.MaxValue); } = 30;

    /// <summary>Gets the factor on the attraction in the first iterations, which lets clusters form while all points are near.</summary>
    /// <value>The default is 12.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1 or not finite.</exception>
    public double EarlyExaggeration { get; init => field = Guard.InRange(value, 1, float.MaxValue); } = 12;

    /// <summary>Gets the length of a step, by which the gradient is multiplied.</summary>
    /// <value>
    /// The default, null, takes the number of rows / <see cref="EarlyExaggeration"/> / 4, and 50 at least (Belkina et al., Automated
    /// optimized parameters for t-distributed stochastic neighbor embedding, 2019).
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not greater than 0, or not finite.</exception>
    public double? LearningRate
    {
        get;
        init => field = value is { } rate ? Guard.InRange(rate, float.Epsilon, float.MaxValue, nameof(LearningRate)) : null;
    }

    /// <summary>Gets the most iterations, those with exaggeration among them.</summary>
    /// <value>The default is 1000.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Iterations { get; init => field = Guard.AtLeast(value, 0); } = 1000;

    /// <summary>Gets the number of iterations with exaggeration.</summary>
    /// <value>The default is 250.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int ExaggerationIterations { get; init => field = Guard.AtLeast(value, 0); } = 250;

    /// <summary>Gets the angle within which two groups of points count as far from each other: speed against exactness.</summary>
    /// <value>
    /// In [0, 1]; the default is 0.5, at which the repulsion of a usual layout is exact to about 0.1 %. Beyond 0.8 the error is one of per
    /// cents; 0 computes each pair, which takes time with the square of the rows. It bounds the sum of two groups' radii by its share of
    /// √(1 + d²), d the distance of their centres.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not in [0, 1].</exception>
    public double Angle { get; init => field = Guard.InRange(value, 0, 1); } = 0.5;

    /// <summary>Gets the number of iterations without progress after which the projection ends, looked at every 50 iterations.</summary>
    /// <value>The default is 300.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Patience { get; init => field = Guard.AtLeast(value, 0); } = 300;

    /// <summary>Gets the norm of the gradient at which the projection ends, looked at every 50 iterations.</summary>
    /// <value>The default is 1e-7.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public double MinimumGradientNorm { get; init => field = Guard.AtLeast(value, 0); } = 1e-7;

    /// <summary>Gets where the points start.</summary>
    /// <value>The default is <see cref="TSneInitialization.PrincipalComponents"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public TSneInitialization Initialization
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Initialization), value, $"{value} is no initialization.");
    }

    /// <summary>Gets the coordinates at which the points start instead.</summary>
    /// <value>
    /// (N, 2) float32, row after row, taken as they are; null, the default, leaves it to <see cref="Initialization"/>. A start far wider
    /// than 1e-4, such as an earlier projection, wants no exaggeration: set <see cref="ExaggerationIterations"/> to 0.
    /// </value>
    public ReadOnlyMemory<float>? InitialCoordinates { get; init; }

    /// <summary>Gets the number of principal components that the rows are first reduced to.</summary>
    /// <value>
    /// Null, the default, takes the rows as they are. Tens of thousands of rows of thousands of components are searched for neighbours in
    /// a fraction of the time when reduced to 50; what varies least is lost, noise or not. Rows of no more components are left as they are.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int? PrincipalComponents
    {
        get;
        init => field = value is { } count ? Guard.AtLeast(count, 1, nameof(PrincipalComponents)) : null;
    }

    /// <summary>Gets the seed of what is random. On one machine a seed gives one result, whatever the number of threads.</summary>
    public int Seed { get; init; }

    /// <summary>Gets the greatest number of threads.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;

    /// <summary>Gets what is told of each iteration, in order.</summary>
    public IProgress<TSneProgress>? Progress { get; init; }

    /// <summary>Gets the token that stops the projection.</summary>
    /// <value>It is heeded between iterations, and in the search for neighbours between tiles.</value>
    public CancellationToken CancellationToken { get; init; }
}
