using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Finds the distance of identification from items that played strangers.</summary>
internal static class StrangerTries
{
    // Photographs of two people are about as far from each other as the median; one photograph that was saved twice is within some hundredths of it.
    private const float ContradictionShare = 0.25f;
    private const double FewContradictions = 0.01;
    private const int MostContradictions = 100;
    private const double Confidence = 0.95;

    /// <summary>Finds the distance.</summary>
    /// <param name="tries">The strangers; empty where there are none.</param>
    /// <param name="rate">The share of strangers who may be accepted.</param>
    /// <param name="verificationThreshold">The network's own, which must not be null where there are no strangers.</param>
    /// <param name="pairs">The number of pairs that were compared.</param>
    public static IdentificationCalibration Calibrate(StrangerTry[] tries, double rate, float? verificationThreshold, long pairs)
    {
        LabelContradiction[] contradictions = Contradictions(tries, out bool[] isContradiction);
        StrangerTry[] counted = contradictions.Length <= Math.Max(1, FewContradictions * tries.Length)
            ? [.. tries.Where((_, i) => !isContradiction[i])]
            : tries;
        int labels = counted.DistinctBy(one => one.Stranger.Label, StringComparer.Ordinal).Count();
        bool suffices = labels >= 1 / rate;
        float threshold = counted.Length == 0 ? verificationThreshold ?? 0 : AtRate([.. counted.Select(one => one.Distance).Order()], rate);
        if (!suffices && verificationThreshold < threshold)
        {
            threshold = verificationThreshold.Value;
        }

        int accepted = counted.Where(one => one.Distance <= threshold).DistinctBy(one => one.Stranger.Label, StringComparer.Ordinal).Count();
        return new IdentificationCalibration
        {
            Threshold = threshold,
            IsFromItems = suffices || (counted.Length > 0 && verificationThreshold is null),
            Queries = counted.Length,
            Labels = labels,
            Pairs = pairs,
            AcceptedLabels = accepted,
            FalseAcceptanceRateUpperBound = labels == 0 ? 1 : BinomialBound.Upper(accepted, labels, Confidence),
            Contradictions = contradictions.Length > MostContradictions ? contradictions[..MostContradictions] : contradictions,
        };
    }

    // Strangers exactly as near as the first who must be refused are refused with him.
    private static float AtRate(float[] ascending, double rate)
    {
        int accepted = (int)(rate * ascending.Length);
        return accepted > 0 && ascending[accepted - 1] < ascending[accepted]
            ? ascending[accepted - 1]
            : Math.Max(0, MathF.BitDecrement(ascending[accepted]));
    }

    private static LabelContradiction[] Contradictions(StrangerTry[] tries, out bool[] isContradiction)
    {
        isContradiction = new bool[tries.Length];
        var found = new Dictionary<(string, string), LabelContradiction>();
        float[] chords = [.. tries.Select(one => one.Chord).Order()];
        float limit = tries.Length == 0 ? 0 : ContradictionShare * chords[chords.Length / 2];
        for (int i = 0; i < tries.Length; i++)
        {
            StrangerTry one = tries[i];
            isContradiction[i] = one.Chord <= limit;
            if (isContradiction[i])
            {
                // Each of the two may have found the other.
                (string first, string second) = string.CompareOrdinal(one.Stranger.Id, one.Nearest.Id) < 0
                    ? (one.Stranger.Id, one.Nearest.Id)
                    : (one.Nearest.Id, one.Stranger.Id);
                found[(first, second)] = new LabelContradiction(first, second, one.Distance);
            }
        }

        return [.. found.Values.OrderBy(pair => pair.Distance).ThenBy(pair => pair.Id, StringComparer.Ordinal)];
    }
}
