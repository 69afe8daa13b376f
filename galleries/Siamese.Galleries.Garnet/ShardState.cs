namespace Siamese.Galleries.Garnet;

/// <summary>What is known of the vectors of a gallery's shards, the worst first.</summary>
internal enum ShardState
{
    /// <summary>Some may be missing.</summary>
    Lacking,

    /// <summary>None was missing or those that were are added again, on a primary so new that it may yet lose some.</summary>
    WholeForNow,

    /// <summary>None is missing.</summary>
    Whole,
}
