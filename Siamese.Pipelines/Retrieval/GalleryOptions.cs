namespace Siamese.Pipelines.Retrieval;

/// <summary>The means that a gallery may spend. They do not change what it finds.</summary>
public sealed record GalleryOptions
{
    /// <summary>Gets the greatest number of threads that one search takes; a search of few embeddings takes one.</summary>
    /// <value>The default is the number of processors.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MaxDegreeOfParallelism { get; init => field = Guard.AtLeast(value, 1); } = Environment.ProcessorCount;

    /// <summary>
    /// Gets from how many rows on a search goes over codes of one byte a component, and over the embeddings themselves only where the codes
    /// cannot tell. The matches are the same, to the bit.
    /// </summary>
    /// <value>
    /// The default is 50,000; <see cref="int.MaxValue"/> for never. Codes take a third more memory and are made by the first search. Hardware
    /// without AVX2 has none.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MinRowsOfCodes { get; init => field = Guard.AtLeast(value, 0); } = 50_000;
}
