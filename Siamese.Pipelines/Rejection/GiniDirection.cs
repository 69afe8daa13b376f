namespace Siamese.Pipelines.Rejection;

/// <summary>Which Gini coefficients are taken for unknown.</summary>
public enum GiniDirection
{
    /// <summary>Small ones: the classifier cannot decide.</summary>
    LessPeaked,

    /// <summary>
    /// Large ones: the classifier is surer than it is of what it knows. It happens where embeddings have no fixed length, and those of the
    /// unknown are longer; the course project that this library started from rejected letters so, from 0.87 on.
    /// </summary>
    MorePeaked,
}
