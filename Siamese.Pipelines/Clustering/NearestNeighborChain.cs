namespace Siamese.Pipelines.Clustering;

/// <summary>Follows nearest neighbours until two are each other's, and merges those. It uses up the distances.</summary>
/// <remarks>
/// A cluster goes by one of its rows, which keeps the place of the cluster's distances. That the merges found so are those of the greedy
/// way, in another order, holds for linkages by which a merge never comes nearer to a third cluster than both of its parts were.
/// </remarks>
internal sealed class NearestNeighborChain(PairDistances distances, ClusteringOptions options)
{
    private readonly int[] _sizes = [.. Enumerable.Repeat(1, distances.Count)];

    public Dendrogram Run()
    {
        int count = distances.Count;
        var found = new (int X, int Y, float Distance)[count - 1];
        List<int> chain = [];
        int first = 0;
        for (int i = 0; i < found.Length; i++)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            if (chain.Count == 0)
            {
                while (_sizes[first] == 0)
                {
                    first++;
                }

                chain.Add(first);
            }

            found[i] = FollowToEnd(chain);
            Merge(found[i].X, found[i].Y, found[i].Distance);
        }

        return new Dendrogram(count, InOrder(count, found));
    }

    private (int X, int Y, float Distance) FollowToEnd(List<int> chain)
    {
        while (true)
        {
            int x = chain[^1];
            int previous = chain.Count > 1 ? chain[^2] : -1;

            // Of neighbours equally near the previous one is taken, or the chain would go in circles.
            int nearest = previous;
            float least = previous >= 0 ? distances[x, previous] : float.PositiveInfinity;
            for (int y = 0; y < _sizes.Length; y++)
            {
                if (_sizes[y] > 0 && y != x && distances[x, y] < least)
                {
                    (nearest, least) = (y, distances[x, y]);
                }
            }

            if (nearest == previous)
            {
                chain.RemoveRange(chain.Count - 2, 2);
                return (Math.Min(x, nearest), Math.Max(x, nearest), least);
            }

            chain.Add(nearest);
        }
    }

    /// <summary>Puts the merge of two clusters in the place of the second, by the formulas of Lance and Williams (1967).</summary>
    private void Merge(int x, int y, float distance)
    {
        float xSize = _sizes[x];
        float ySize = _sizes[y];
        _sizes[x] = 0;
        _sizes[y] += (int)xSize;
        for (int z = 0; z < _sizes.Length; z++)
        {
            if (_sizes[z] == 0 || z == y)
            {
                continue;
            }

            float fromX = distances[x, z];
            float fromY = distances[y, z];
            float zSize = _sizes[z];
            float merged = options.Linkage == Linkage.Ward
                ? (((xSize + zSize) * fromX) + ((ySize + zSize) * fromY) - (zSize * distance)) / (xSize + ySize + zSize)
                : ((xSize * fromX) + (ySize * fromY)) / (xSize + ySize);

            // So it is but for rounding, and the chain relies on it: else it may go in circles, or a merge stand before its parts.
            distances[y, z] = Math.Max(merged, Math.Min(fromX, fromY));
        }
    }

    /// <summary>Sorts the merges by distance, and numbers the clusters that they make.</summary>
    private ClusterMerge[] InOrder(int count, (int X, int Y, float Distance)[] found)
    {
        int[] clusterOf = [.. Enumerable.Range(0, count)];
        int[] sizes = [.. Enumerable.Repeat(1, count)];
        var merges = new ClusterMerge[found.Length];
        int next = 0;

        // Stable: merges equally far keep the order in which they were found, where parts come before wholes.
        foreach ((int x, int y, float distance) in found.OrderBy(merge => merge.Distance))
        {
            sizes[y] += sizes[x];
            merges[next] = new ClusterMerge(
                Math.Min(clusterOf[x], clusterOf[y]),
                Math.Max(clusterOf[x], clusterOf[y]),
                (float)((options.Linkage == Linkage.Ward ? MathF.Sqrt(distance) : distance) / distances.Scale),
                sizes[y]);
            clusterOf[y] = count + next++;
        }

        return merges;
    }
}
