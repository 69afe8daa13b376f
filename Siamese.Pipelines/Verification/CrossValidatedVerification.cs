using System.Globalization;

namespace Siamese.Pipelines.Verification;

/// <summary>The accuracy of verification on pairs that had no part in choosing the threshold.</summary>
public sealed class CrossValidatedVerification
{
    internal CrossValidatedVerification(IReadOnlyList<VerificationFold> folds)
    {
        Folds = folds;
        Accuracy = folds.Average(fold => fold.Accuracy);
        double variance = folds.Sum(fold => (fold.Accuracy - Accuracy) * (fold.Accuracy - Accuracy)) / (folds.Count - 1);
        StandardError = Math.Sqrt(variance / folds.Count);
    }

    /// <summary>Gets the mean of the folds' accuracies, in [0, 1].</summary>
    public double Accuracy { get; }

    /// <summary>Gets the standard error of that mean: σ / √n, with σ² the sum of the n folds' squared deviations over n − 1.</summary>
    public double StandardError { get; }

    /// <summary>Gets the folds, in their order.</summary>
    public IReadOnlyList<VerificationFold> Folds { get; }

    /// <summary>Says mean and standard error as the results of LFW are given.</summary>
    /// <returns>For example <c>0.9833 ± 0.0021 (10 folds)</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Accuracy:F4} ± {StandardError:F4} ({Folds.Count} folds)");
}
