namespace Siamese.Pipelines.Retrieval;

/// <summary>The means that a gallery may spend. They do not change what it finds.</summary>
public sealed record GalleryOptions
{
    /// <summary>Gets the greatest number of threads that one search takes; a search of few embeddings takes one.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;
}
