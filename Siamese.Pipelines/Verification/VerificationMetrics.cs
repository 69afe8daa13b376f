using System.Globalization;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Verification;

/// <summary>How well a distance tells pairs of one class from pairs of two. A pair is accepted where its distance is at most a threshold.</summary>
/// <remarks>
/// The true acceptance rate (TAR) is the share of the pairs of one class that are accepted, the false acceptance rate (FAR) that of the
/// others.
/// </remarks>
public sealed class VerificationMetrics
{
    internal VerificationMetrics(RocCurve roc, int samePairs, int differentPairs)
    {
        Roc = roc;
        SamePairs = samePairs;
        DifferentPairs = differentPairs;
        (EqualErrorRate, EqualErrorThreshold) = EqualError(roc.Points);
        (int right, BestThreshold) = VerificationThreshold.Best(roc.Points, samePairs, differentPairs);
        BestAccuracy = (double)right / (samePairs + differentPairs);
    }

    /// <summary>Gets the curve: the pairs of one class are its known rows, their distances its scores.</summary>
    public RocCurve Roc { get; }

    /// <summary>Gets the area under the curve, in [0, 1]: the share of right orders of a pair of one class before one of two, a tie half.</summary>
    public double Auc => Roc.Area;

    /// <summary>Gets the error, in [0, 1], where as great a share of either kind is told wrongly (EER).</summary>
    /// <value>Between two points of the curve it is interpolated along a straight line.</value>
    public double EqualErrorRate { get; }

    /// <summary>Gets the least threshold at which the false acceptance rate is no less than the false rejection rate.</summary>
    public float EqualErrorThreshold { get; }

    /// <summary>Gets the greatest share of pairs, in [0, 1], that one threshold tells rightly. On the pairs it was chosen on it flatters.</summary>
    public double BestAccuracy { get; }

    /// <summary>Gets the least threshold of that accuracy, midway between the two distances that it parts.</summary>
    public float BestThreshold { get; }

    /// <summary>Gets the number of pairs of one class.</summary>
    public int SamePairs { get; }

    /// <summary>Gets the number of pairs of two classes.</summary>
    public int DifferentPairs { get; }

    /// <summary>Gives the true acceptance rate at a false acceptance rate (TAR at FAR).</summary>
    /// <param name="falseAcceptanceRate">In [0, 1]; rates below 1 / <see cref="DifferentPairs"/> let none pass.</param>
    /// <returns>The greatest, in [0, 1], of the thresholds that let no greater share pass: nothing is interpolated.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1].</exception>
    public double TrueAcceptanceRateAt(double falseAcceptanceRate) => PointAt(falseAcceptanceRate).TruePositiveRate;

    /// <summary>Gives the threshold at a false acceptance rate.</summary>
    /// <param name="falseAcceptanceRate">In [0, 1].</param>
    /// <returns>The greatest distance of a pair that lets no greater share pass; −∞ where even the least distance would.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is not in [0, 1].</exception>
    public float ThresholdAt(double falseAcceptanceRate) => PointAt(falseAcceptanceRate).Threshold;

    /// <summary>Says the figures in one line.</summary>
    /// <returns>For example <c>AUC 0.9987, EER 0.0123, accuracy 0.9880 at 1.042 (300 pairs of one class, 300 of two)</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"AUC {Auc:F4}, EER {EqualErrorRate:F4}, accuracy {BestAccuracy:F4} at {BestThreshold:G4} ({SamePairs} pairs of one class, {DifferentPairs} of two)");

    private RocPoint PointAt(double falseAcceptanceRate)
    {
        Guard.InRange(falseAcceptanceRate, 0, 1, nameof(falseAcceptanceRate));

        // Neither rate ever falls along the curve.
        return Roc.Points.Last(point => point.FalsePositiveRate <= falseAcceptanceRate);
    }

    private static (double Rate, float Threshold) EqualError(IReadOnlyList<RocPoint> points)
    {
        int i = 0;
        while (points[i].FalsePositiveRate < 1 - points[i].TruePositiveRate)
        {
            i++;
        }

        // The first point accepts nothing, so that there is one before.
        RocPoint a = points[i - 1];
        RocPoint b = points[i];
        double before = 1 - a.TruePositiveRate - a.FalsePositiveRate;
        double after = b.FalsePositiveRate - (1 - b.TruePositiveRate);
        double share = before / (before + after);
        return (a.FalsePositiveRate + (share * (b.FalsePositiveRate - a.FalsePositiveRate)), b.Threshold);
    }
}
