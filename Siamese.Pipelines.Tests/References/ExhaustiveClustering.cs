namespace Siamese.Pipelines.Tests.References;

/// <summary>The agreement of clusterings by counting pairs of rows, and by going through all permutations.</summary>
public static class ExhaustiveClustering
{
    public static double Entropy(int[] groups) =>
        groups.CountBy(group => group)
            .Select(group => (double)group.Value / groups.Length)
            .Sum(share => -share * Math.Log(share));

    public static double MutualInformation(int[] labels, int[] clusters)
    {
        double Share(Func<int, bool> of) => (double)Enumerable.Range(0, labels.Length).Count(of) / labels.Length;

        double sum = 0;
        foreach (int label in labels.Distinct())
        {
            foreach (int cluster in clusters.Distinct())
            {
                double both = Share(row => labels[row] == label && clusters[row] == cluster);
                sum += both == 0
                    ? 0
                    : both * Math.Log(both / (Share(row => labels[row] == label) * Share(row => clusters[row] == cluster)));
            }
        }

        return sum;
    }

    public static double ExpectedMutualInformation(int[] labels, int[] clusters) =>
        Permutations(clusters).Average(permuted => MutualInformation(labels, permuted));

    /// <summary>The pairs that both sides put together, adjusted by how many would be by chance, from all pairs.</summary>
    public static double AdjustedRandIndex(int[] labels, int[] clusters)
    {
        double together = 0;
        double inLabel = 0;
        double inCluster = 0;
        double pairs = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                pairs++;
                inLabel += labels[i] == labels[j] ? 1 : 0;
                inCluster += clusters[i] == clusters[j] ? 1 : 0;
                together += labels[i] == labels[j] && clusters[i] == clusters[j] ? 1 : 0;
            }
        }

        double expected = inLabel * inCluster / pairs;
        return (together - expected) / (((inLabel + inCluster) / 2) - expected);
    }

    private static IEnumerable<int[]> Permutations(int[] values)
    {
        if (values.Length <= 1)
        {
            yield return values;
            yield break;
        }

        for (int i = 0; i < values.Length; i++)
        {
            foreach (int[] rest in Permutations([.. values[..i], .. values[(i + 1)..]]))
            {
                yield return [values[i], .. rest];
            }
        }
    }
}
