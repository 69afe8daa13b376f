using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Evaluation;

/// <summary>How many rows each pair of a label and a cluster has, and what follows from that.</summary>
internal sealed class ContingencyTable
{
    // Of the likeliest count's share: what is beyond is lost in the last digit of the sum, however many counts there are.
    private const double Negligible = 1e-25;

    private readonly int _rows;
    private readonly int[] _labelSizes;
    private readonly int[] _clusterSizes;
    private readonly List<(int Label, int Cluster, int Count)> _cells = [];

    public ContingencyTable(ReadOnlySpan<int> labels, ReadOnlySpan<int> clusters)
    {
        _rows = labels.Length;
        int[] label = Number(labels, out _labelSizes);
        int[] cluster = Number(clusters, out _clusterSizes);

        // Sorted rather than hashed: sums over the cells have one order, and the table may be large and nearly empty.
        var pairs = new long[_rows];
        for (int row = 0; row < pairs.Length; row++)
        {
            pairs[row] = ((long)label[row] << 32) | (uint)cluster[row];
        }

        Array.Sort(pairs);
        int first = 0;
        for (int row = 1; row <= pairs.Length; row++)
        {
            if (row == pairs.Length || pairs[row] != pairs[first])
            {
                _cells.Add(((int)(pairs[first] >> 32), (int)pairs[first], row - first));
                first = row;
            }
        }
    }

    public int RowCount => _rows;

    public int LabelCount => _labelSizes.Length;

    public int ClusterCount => _clusterSizes.Length;

    /// <summary>Gets whether the clusters are the labels, but for their numbers.</summary>
    public bool IsPerfect => _cells.Count == LabelCount && _cells.Count == ClusterCount;

    /// <summary>Computes Σ −n/N ln(n/N) over the labels, in nats.</summary>
    public double LabelEntropy() => Entropy(_labelSizes);

    /// <summary>Computes Σ −n/N ln(n/N) over the clusters, in nats.</summary>
    public double ClusterEntropy() => Entropy(_clusterSizes);

    /// <summary>Computes Σ n/N ln(N n / (a b)) over the cells, in nats, from the sizes a and b of the label and the cluster.</summary>
    public double MutualInformation()
    {
        double sum = 0;
        foreach ((int label, int cluster, int count) in _cells)
        {
            sum += count * Math.Log((double)_rows * count / ((double)_labelSizes[label] * _clusterSizes[cluster]));
        }

        // Rounding may bring independence just below 0.
        return Math.Max(sum / _rows, 0);
    }

    /// <summary>Computes the mean mutual information of all permutations of the clusters, in nats: Vinh et al. (2010).</summary>
    /// <remarks>
    /// A cell depends on the sizes of its label and cluster alone, of which few differ: N rows have fewer than √(2N) different sizes.
    /// </remarks>
    public double ExpectedMutualInformation()
    {
        KeyValuePair<int, int>[] labels = [.. _labelSizes.CountBy(size => size).OrderBy(size => size.Key)];
        KeyValuePair<int, int>[] clusters = [.. _clusterSizes.CountBy(size => size).OrderBy(size => size.Key)];
        double sum = 0;
        foreach ((int label, int labelCount) in labels)
        {
            foreach ((int cluster, int clusterCount) in clusters)
            {
                sum += (double)labelCount * clusterCount * ExpectedTerm(label, cluster);
            }
        }

        return sum / _rows;
    }

    /// <summary>Computes the adjusted Rand index of Hubert and Arabie (1985) from pairs of rows.</summary>
    public double AdjustedRandIndex()
    {
        // Products of two numbers of pairs, each up to N².
        Int128 together = _cells.Sum(cell => (long)cell.Count * cell.Count) - _rows;
        Int128 inLabel = _labelSizes.Sum(size => (long)size * size) - _rows;
        Int128 inCluster = _clusterSizes.Sum(size => (long)size * size) - _rows;
        Int128 all = ((long)_rows * _rows) - _rows;
        return 2 * (double)((together * all) - (inLabel * inCluster)) / (double)(((inLabel + inCluster) * all) - (2 * inLabel * inCluster));
    }

    /// <summary>Computes Σ p(n) n ln(N n / (a b)) over the hypergeometric counts n of a label of a rows in a cluster of b rows.</summary>
    /// <remarks>
    /// From the likeliest n outwards by the ratio of neighbours, and divided by the sum of p: no factorial, whose logarithm would cost
    /// digits.
    /// </remarks>
    private double ExpectedTerm(int a, int b)
    {
        long rest = (long)_rows - a - b;
        double product = (double)a * b;
        long least = Math.Max(0, -rest);
        long greatest = Math.Min(a, b);
        long mode = Math.Clamp((long)((a + 1.0) * (b + 1.0) / (_rows + 2.0)), least, greatest);

        double mass = 0;
        double sum = 0;
        double likelihood = 1;
        for (long n = mode; n <= greatest && likelihood > Negligible; n++)
        {
            Add(n, likelihood);
            likelihood *= (double)(a - n) * (b - n) / ((double)(n + 1) * (rest + n + 1));
        }

        likelihood = 1;
        for (long n = mode - 1; n >= least; n--)
        {
            likelihood *= (double)(n + 1) * (rest + n + 1) / ((double)(a - n) * (b - n));
            if (likelihood <= Negligible)
            {
                break;
            }

            Add(n, likelihood);
        }

        return sum / mass;

        void Add(long n, double weight)
        {
            mass += weight;
            if (n > 0)
            {
                sum += weight * n * Math.Log((double)_rows * n / product);
            }
        }
    }

    private double Entropy(int[] sizes)
    {
        double sum = 0;
        foreach (int size in sizes)
        {
            sum += size * Math.Log((double)_rows / size);
        }

        return sum / _rows;
    }

    /// <summary>Numbers the values from 0 in the order in which they occur.</summary>
    private static int[] Number(ReadOnlySpan<int> values, out int[] sizes)
    {
        var numbers = new Dictionary<int, int>();
        var counts = new List<int>();
        var numbered = new int[values.Length];
        for (int row = 0; row < values.Length; row++)
        {
            ref int number = ref CollectionsMarshal.GetValueRefOrAddDefault(numbers, values[row], out bool exists);
            if (!exists)
            {
                number = counts.Count;
                counts.Add(0);
            }

            numbered[row] = number;
            counts[number]++;
        }

        sizes = [.. counts];
        return numbered;
    }
}
