namespace Siamese.Pipelines.Rejection;

/// <summary>What a score is made of.</summary>
internal enum ScoreInput
{
    /// <summary>The classifier's probabilities, which sum to 1.</summary>
    Probabilities,

    /// <summary>The classifier's scores before any softmax.</summary>
    Scores,

    /// <summary>The embedding, or any other vector of features.</summary>
    Features,
}
