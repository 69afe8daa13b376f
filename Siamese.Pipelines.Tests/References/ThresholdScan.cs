namespace Siamese.Pipelines.Tests.References;

/// <summary>The figures of rejection by their definitions: over all pairs of rows, or anew for each threshold.</summary>
public static class ThresholdScan
{
    public static double Auroc(float[] known, float[] unknown) =>
        known.Average(low => unknown.Average(high => high > low ? 1 : high == low ? 0.5 : 0));

    /// <summary>Sums (Rᵢ − Rᵢ₋₁) Pᵢ over the thresholds, highest first, where what scores at least the threshold is found.</summary>
    public static double AveragePrecision(float[] positives, float[] negatives)
    {
        double sum = 0;
        double recallBefore = 0;
        foreach (float threshold in positives.Concat(negatives).Distinct().OrderDescending())
        {
            double right = positives.Count(score => score >= threshold);
            double wrong = negatives.Count(score => score >= threshold);
            double recall = right / positives.Length;
            sum += (recall - recallBefore) * (right / (right + wrong));
            recallBefore = recall;
        }

        return sum;
    }

    public static double FalsePositiveRateAt95(float[] known, float[] unknown) =>
        known.Concat(unknown)
            .Where(threshold => known.Count(score => score <= threshold) * 100L >= known.Length * 95L)
            .Min(threshold => (double)unknown.Count(score => score <= threshold) / unknown.Length);

    /// <summary>The area by trapezes under the points (unknown kept, known kept and right), from (0, 0) on.</summary>
    public static double Oscr(float[] known, bool[] correct, float[] unknown)
    {
        double area = 0;
        (double X, double Y) before = (0, 0);
        foreach (float threshold in known.Concat(unknown).Distinct().Order())
        {
            (double X, double Y) point = (
                (double)unknown.Count(score => score <= threshold) / unknown.Length,
                (double)known.Where((score, row) => score <= threshold && correct[row]).Count() / known.Length);
            area += (point.X - before.X) * (point.Y + before.Y) / 2;
            before = point;
        }

        return area;
    }
}
