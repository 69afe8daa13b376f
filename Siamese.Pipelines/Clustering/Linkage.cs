namespace Siamese.Pipelines.Clustering;

/// <summary>How far apart two clusters are. For both members no merge is nearer than one that it contains.</summary>
public enum Linkage
{
    /// <summary>√(2 |A| |B| / (|A| + |B|)) ‖ā − b̄‖, with the means ā and b̄: what a merge adds to the squared distances from the means.</summary>
    /// <remarks>
    /// Ward, "Hierarchical Grouping to Optimize an Objective Function" (1963); the value is that of SciPy and scikit-learn. It needs
    /// Euclidean distances: by the cosine, embeddings are scaled to length 1 first.
    /// </remarks>
    Ward,

    /// <summary>The mean distance of the pairs of one member of each (UPGMA).</summary>
    Average,
}
