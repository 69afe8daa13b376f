using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Verification;

/// <summary>Chooses the threshold that tells most pairs rightly.</summary>
internal static class VerificationThreshold
{
    /// <summary>Finds the least of the best thresholds.</summary>
    /// <returns>How many pairs it tells rightly, and the threshold: midway between the distances that it parts.</returns>
    public static (int Right, float Threshold) Best(IReadOnlyList<RocPoint> points, int samePairs, int differentPairs)
    {
        int best = -1;
        int at = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int right = Right(points[i], samePairs, differentPairs);
            if (right > best)
            {
                (best, at) = (right, i);
            }
        }

        return (best, Midway(points, at));
    }

    private static int Right(RocPoint point, int samePairs, int differentPairs) =>
        (int)Math.Round((point.TruePositiveRate * samePairs) + ((1 - point.FalsePositiveRate) * differentPairs));

    private static float Midway(IReadOnlyList<RocPoint> points, int at)
    {
        float accepted = points[at].Threshold;
        if (at == points.Count - 1)
        {
            return accepted;
        }

        float refused = points[at + 1].Threshold;
        if (at == 0)
        {
            return MathF.BitDecrement(refused);
        }

        // Of neighbouring floats the mean may be rounded to the one that is refused.
        float middle = accepted + ((refused - accepted) / 2);
        return middle < refused ? middle : accepted;
    }
}
