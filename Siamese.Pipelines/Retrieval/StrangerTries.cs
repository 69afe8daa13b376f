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

    /// <summary>Finds the pairs of items of two labels that are nearly the same, nearest first.</summary>
    public static LabelContradiction[] Contradictions(StrangerTry[] tries)
    {
        if (tries.Length == 0)
        {
            return [];
        }

        float[] chords = [.. tries.Select(one => one.Chord).Order()];
        float limit = ContradictionShare * chords[chords.Length / 2];
        return
        [
            .. tries.Where(one => one.Chord <= limit)
                .Select(one => string.CompareOrdinal(one.Stranger.Id, one.Nearest.Id) < 0
                    ? new LabelContradiction(one.Stranger.Id, one.Nearest.Id, one.Distance)
                    : new LabelContradiction(one.Nearest.Id, one.Stranger.Id, one.Distance))
                .DistinctBy(pair => (pair.Id, pair.OtherId))
                .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Id, StringComparer.Ordinal),
        ];
    }

    /// <summary>Returns the ids of the items that contradict each other where they are few; nothing where labels overlap as a whole.</summary>
    public static HashSet<string> Few(LabelContradiction[] contradictions, StrangerTry[] tries)
    {
        HashSet<string> items = [.. contradictions.SelectMany(pair => new[] { pair.Id, pair.OtherId })];
        Dictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach (StrangerTry one in tries)
        {
            labels[one.Stranger.Id] = one.Stranger.Label;
            labels[one.Nearest.Id] = one.Nearest.Label;
        }

        int labelPairs = contradictions.Select(pair => Ordered(labels[pair.Id], labels[pair.OtherId])).Distinct().Count();
        bool isFew = labelPairs <= Math.Max(1, FewContradictions * labels.Values.Distinct(StringComparer.Ordinal).Count()) && items.Count <= tries.Length / 2;
        return isFew ? items : [];
    }

    /// <summary>Finds the distance.</summary>
    /// <param name="tries">The strangers; empty where there are none.</param>
    /// <param name="rate">The share of strangers who may be accepted.</param>
    /// <param name="verificationThreshold">The network's own, which must not be null where there are no strangers.</param>
    /// <param name="pairs">The number of pairs that were compared.</param>
    /// <param name="contradictions">The items that contradict each other.</param>
    public static IdentificationCalibration Calibrate(
        StrangerTry[] tries, double rate, float? verificationThreshold, long pairs, LabelContradiction[] contradictions)
    {
        int labels = tries.DistinctBy(one => one.Stranger.Label, StringComparer.Ordinal).Count();
        bool suffices = labels >= 1 / rate;
        float threshold = tries.Length == 0 ? verificationThreshold ?? 0 : AtRate([.. tries.Select(one => one.Distance).Order()], rate);
        if (!suffices && verificationThreshold < threshold)
        {
            threshold = verificationThreshold.Value;
        }

        int accepted = tries.Where(one => one.Distance <= threshold).DistinctBy(one => one.Stranger.Label, StringComparer.Ordinal).Count();
        return new IdentificationCalibration
        {
            Threshold = threshold,
            IsFromItems = suffices || (tries.Length > 0 && verificationThreshold is null),
            Queries = tries.Length,
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

    private static (string First, string Second) Ordered(string first, string second) =>
        string.CompareOrdinal(first, second) < 0 ? (first, second) : (second, first);
}
