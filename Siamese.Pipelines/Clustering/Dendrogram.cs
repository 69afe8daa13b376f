using System.Globalization;

namespace Siamese.Pipelines.Clustering;

/// <summary>The tree of an agglomerative clustering: from each row for itself to all rows together, the nearest two clusters at a time.</summary>
public sealed class Dendrogram
{
    internal Dendrogram(int rows, IReadOnlyList<ClusterMerge> merges)
    {
        Rows = rows;
        Merges = merges;
    }

    /// <summary>Gets n, the number of rows.</summary>
    public int Rows { get; }

    /// <summary>Gets the n − 1 merges, in ascending order of distance: the rows of SciPy's linkage matrix.</summary>
    public IReadOnlyList<ClusterMerge> Merges { get; }

    /// <summary>Cuts the tree into a number of clusters.</summary>
    /// <param name="clusters">How many, from 1 to n.</param>
    /// <returns>The cluster of each row, from 0, numbered in the order of their first rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The number is not from 1 to n.</exception>
    /// <remarks>Where several merges are equally far, their order decides: exactly as many clusters come out as were asked for.</remarks>
    public int[] CutByCount(int clusters) => CutAfter(Rows - Guard.InRange(clusters, 1, Rows, nameof(clusters)));

    /// <summary>Cuts the tree where clusters are farther apart than a distance.</summary>
    /// <param name="distance">The greatest distance of a merge that is made.</param>
    /// <returns>The cluster of each row, from 0, numbered in the order of their first rows.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The distance is negative or NaN.</exception>
    public int[] CutByDistance(float distance)
    {
        Guard.AtLeast(distance, 0, nameof(distance));
        return CutAfter(Merges.TakeWhile(merge => merge.Distance <= distance).Count());
    }

    /// <summary>Gives the rows in the order in which a drawing has them side by side, so that no lines cross.</summary>
    /// <returns>Each row once: below each merge, those of its first cluster before those of its second.</returns>
    public int[] LeafOrder()
    {
        List<int> leaves = [];
        var left = new Stack<int>([Rows + Merges.Count - 1]);
        while (left.TryPop(out int cluster))
        {
            if (cluster < Rows)
            {
                leaves.Add(cluster);
                continue;
            }

            left.Push(Merges[cluster - Rows].Second);
            left.Push(Merges[cluster - Rows].First);
        }

        return [.. leaves];
    }

    /// <summary>Says how large the tree is.</summary>
    /// <returns>For example <c>118 rows, the last merge at 3.21</c>.</returns>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Rows} rows, the last merge at {(Merges.Count == 0 ? 0 : Merges[^1].Distance):G4}");

    private int[] CutAfter(int merges)
    {
        var parents = new int[Rows + merges];
        Array.Fill(parents, -1);
        for (int i = 0; i < merges; i++)
        {
            parents[Merges[i].First] = Rows + i;
            parents[Merges[i].Second] = Rows + i;
        }

        // A merge comes after those below it, so that from the last to the first every parent knows its top.
        var tops = new int[parents.Length];
        for (int i = tops.Length - 1; i >= 0; i--)
        {
            tops[i] = parents[i] < 0 ? i : tops[parents[i]];
        }

        var numbers = new Dictionary<int, int>();
        var clusters = new int[Rows];
        for (int row = 0; row < clusters.Length; row++)
        {
            numbers.TryAdd(tops[row], numbers.Count);
            clusters[row] = numbers[tops[row]];
        }

        return clusters;
    }
}
