using Microsoft.ML;
using Siamese.Pipelines.Rejection;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>A score that can be asked for with --reject.</summary>
/// <param name="Name">What it is called on the command line and in metrics.json.</param>
/// <param name="Score">The score.</param>
/// <param name="Features">The column that it reads, where it reads features.</param>
/// <param name="Threshold">A threshold of its own, instead of the asked false rejection rate.</param>
/// <param name="IsExposed">Whether it learns from examples of the unknown.</param>
internal sealed record ScoreChoice(string Name, UnknownScore Score, string Features, RejectionThreshold? Threshold = null, bool IsExposed = false)
{
    public const string Default = "neighbor-distance";

    public const string Exposed = "neighbor-distance-exposed";

    /// <summary>The course project's: the score of gini-more-peaked, with a threshold that was chosen by eye.</summary>
    public const string CourseProject = "gini-0.87";

    /// <summary>The Gini coefficient from which the course project took a picture for no digit.</summary>
    private const float CourseProjectThreshold = 0.87f;

    public static IReadOnlyList<ScoreChoice> All { get; } =
    [
        new("gini", UnknownScore.Gini, DigitChain.Hidden),
        new("gini-more-peaked", new GiniScore { Direction = GiniDirection.MorePeaked }, DigitChain.Hidden),
        new(CourseProject, new GiniScore { Direction = GiniDirection.MorePeaked }, DigitChain.Hidden, RejectionThreshold.Fixed(CourseProjectThreshold)),
        new("maximum-probability", UnknownScore.MaximumProbability, DigitChain.Hidden),
        new("entropy", UnknownScore.Entropy, DigitChain.Hidden),
        new("energy", UnknownScore.Energy, DigitChain.HiddenUnit),
        new("prototype-distance", UnknownScore.PrototypeDistance, DigitChain.Hidden),
        new("mahalanobis", UnknownScore.Mahalanobis, DigitChain.Hidden),
        new("neighbor-distance-of-embedding", UnknownScore.NeighborDistance, DigitChain.Embedding),
        new(Default, UnknownScore.NeighborDistance, DigitChain.Hidden),
        new(Exposed, UnknownScore.NeighborDistance, DigitChain.Hidden, IsExposed: true),
    ];

    /// <summary>The rejection that this makes at a false rejection rate.</summary>
    public RejectUnknownEstimator Estimator(MLContext ml, double falseRejection) => ml.MetricLearning.RejectUnknown(
        Score, Threshold ?? RejectionThreshold.FalseRejectionRate(falseRejection), new() { FeatureColumnName = Features });
}
