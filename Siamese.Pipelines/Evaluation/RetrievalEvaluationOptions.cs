using System.Collections.Immutable;
using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Evaluation;

/// <summary>How retrieval is evaluated: the distance, the figures, and the means to spend. The means do not change the figures.</summary>
public sealed record RetrievalEvaluationOptions
{
    /// <summary>Gets the distance that ranks the references.</summary>
    /// <value>The default is <see cref="DistanceMetric.Euclidean"/>, the distance of pytorch-metric-learning's evaluation.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is no member of the enumeration.</exception>
    public DistanceMetric Distance
    {
        get;
        init => field = Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(nameof(Distance), value, $"{value} is not a distance metric.");
    }

    /// <summary>Gets the numbers of neighbours k for which recall@k is wanted.</summary>
    /// <value>The default is 1, 2, 4 and 8, those of Oh Song et al. (2016). It may be empty.</value>
    /// <exception cref="ArgumentOutOfRangeException">One is less than 1.</exception>
    public ImmutableArray<int> RecallAt { get; init => field = Positive(value); } = [1, 2, 4, 8];

    /// <summary>Gets the number of queries that a thread takes at once.</summary>
    /// <value>
    /// The default is 16. Each costs a thread 4 bytes a reference; more of them read the references from memory less often, which pays
    /// for embeddings of hundreds of components.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int BlockSize { get; init => field = Guard.AtLeast(value, 1, nameof(BlockSize)); } = 16;

    /// <summary>Gets the greatest number of threads.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism
    {
        get;
        init => field = Guard.AtLeast(value, 1, nameof(MaxDegreeOfParallelism));
    } = Environment.ProcessorCount;

    /// <summary>Gets what is told the share of queries done: rising, at last 1; one call at a time, from any thread.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Gets the token that stops the evaluation.</summary>
    /// <value>It is heeded between two rows that are read and two blocks of queries.</value>
    public CancellationToken CancellationToken { get; init; }

    private static ImmutableArray<int> Positive(ImmutableArray<int> values)
    {
        ImmutableArray<int> given = values.IsDefault ? [] : values;
        foreach (int k in given)
        {
            Guard.AtLeast(k, 1, nameof(RecallAt));
        }

        return given;
    }
}
