using Siamese.Pipelines.Verification;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>How well the distance tells whether two faces are of one person.</summary>
/// <param name="Pairs">How many pairs.</param>
/// <param name="Threshold">The distance that tells most pairs rightly.</param>
/// <param name="Auc">Area under the ROC curve.</param>
/// <param name="EqualErrorRate">EER.</param>
/// <param name="TarAtFar1Percent">True acceptance rate where 1 % of the strangers are accepted.</param>
internal sealed record VerificationFigures(int Pairs, double Threshold, double Auc, double EqualErrorRate, double TarAtFar1Percent)
{
    /// <summary>Gets the mean accuracy of the folds; null where the pairs have none.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Gets the standard error of that mean.</summary>
    public double? StandardError { get; init; }

    public static VerificationFigures Of(VerificationMetrics metrics) => new(
        metrics.SamePairs + metrics.DifferentPairs, metrics.BestThreshold, metrics.Auc, metrics.EqualErrorRate, metrics.TrueAcceptanceRateAt(0.01));
}
