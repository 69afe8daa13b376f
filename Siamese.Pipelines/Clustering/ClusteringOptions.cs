using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Clustering;

/// <summary>What is near, and the means to spend. The means do not change the clusters.</summary>
public sealed record ClusteringOptions
{
    /// <summary>Gets how far apart two clusters are.</summary>
    /// <value>The default is <see cref="Linkage.Ward"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public Linkage Linkage
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Linkage), value, $"{value} is no linkage.");
    }

    /// <summary>Gets how far apart two embeddings are.</summary>
    /// <value>The default is <see cref="DistanceMetric.Euclidean"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public DistanceMetric Distance
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Distance), value, $"{value} is not a distance metric.");
    }

    /// <summary>Gets the greatest number of threads.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;

    /// <summary>Gets the token that stops the clustering.</summary>
    public CancellationToken CancellationToken { get; init; }
}
