namespace Siamese.Pipelines.Rejection;

/// <summary>The threshold at which the share of known rows kept and the share of examples of the unknown rejected sum to most.</summary>
/// <remarks>Youden, Index for Rating Diagnostic Tests, 1950. Of several such thresholds the one that keeps most known rows is taken.</remarks>
public sealed record SeparatingThreshold : RejectionThreshold
{
    /// <inheritdoc/>
    public override string Name => "best-separation";

    internal override bool NeedsOutliers => true;

    internal override float Place(float[] known, float[] unknown, string rows)
    {
        float best = known[^1];
        double most = double.NegativeInfinity;
        int kept = 0;
        int missed = 0;

        // A threshold only matters where it is a known row's score: between two it keeps no more.
        while (kept < known.Length)
        {
            float threshold = known[kept];
            while (kept < known.Length && known[kept] <= threshold)
            {
                kept++;
            }

            while (missed < unknown.Length && unknown[missed] <= threshold)
            {
                missed++;
            }

            double sum = ((double)kept / known.Length) - ((double)missed / unknown.Length);
            if (sum >= most)
            {
                most = sum;
                best = threshold;
            }
        }

        return best;
    }
}
