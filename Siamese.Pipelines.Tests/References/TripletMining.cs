namespace Siamese.Pipelines.Tests.References;

/// <summary>Slow, obvious triplet mining: each miner's definition, word by word.</summary>
internal static class TripletMining
{
    public static IEnumerable<(int Anchor, int Positive, int Negative)> All(int[] labels) =>
        from anchor in Enumerable.Range(0, labels.Length)
        from positive in Enumerable.Range(0, labels.Length)
        from negative in Enumerable.Range(0, labels.Length)
        where anchor != positive && labels[anchor] == labels[positive] && labels[anchor] != labels[negative]
        select (anchor, positive, negative);

    public static IEnumerable<(int Anchor, int Positive, int Negative)> BatchHard(float[,] distances, int[] labels) =>
        from triplet in All(labels)
        group triplet by triplet.Anchor into ofAnchor
        let positive = ofAnchor.Select(t => t.Positive).Distinct().MaxBy(p => distances[ofAnchor.Key, p])
        let negative = ofAnchor.Select(t => t.Negative).Distinct().MinBy(n => distances[ofAnchor.Key, n])
        select (ofAnchor.Key, positive, negative);

    public static IEnumerable<(int Anchor, int Positive, int Negative)> SemiHard(float[,] distances, int[] labels)
    {
        foreach (var ofPair in All(labels).GroupBy(t => (t.Anchor, t.Positive)))
        {
            (int anchor, int positive) = ofPair.Key;
            int[] negatives = ofPair.Select(t => t.Negative).ToArray();
            int[] outside = negatives.Where(n => distances[anchor, n] > distances[anchor, positive]).ToArray();
            yield return outside.Length > 0
                ? (anchor, positive, outside.MinBy(n => distances[anchor, n]))
                : (anchor, positive, negatives.MaxBy(n => distances[anchor, n]));
        }
    }

    /// <summary>The probability of each negative for one anchor, in double precision and without logarithms.</summary>
    public static double[] DistanceWeights(
        float[,] distances, int[] labels, int anchor, int dimension, double cutoff, double nonZeroLossCutoff)
    {
        double[] weights = new double[labels.Length];
        for (int i = 0; i < weights.Length; i++)
        {
            if (labels[i] != labels[anchor] && distances[anchor, i] < nonZeroLossCutoff)
            {
                double d = Math.Max(distances[anchor, i], cutoff);
                weights[i] = 1 / (Math.Pow(d, dimension - 2) * Math.Pow(1 - (d * d / 4), (dimension - 3) / 2.0));
            }
        }

        double sum = weights.Sum();
        return weights.Select(w => w / sum).ToArray();
    }
}
