using System.Numerics;
using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Projection;

/// <summary>What t-SNE makes small, the divergence Σ p log(p / q) of a layout, and its gradient.</summary>
/// <remarks>q(i, j) = w(i, j) / Z with w = 1 / (1 + ‖yᵢ − yⱼ‖²) and the normalizer Z, the sum of w over all i ≠ j.</remarks>
internal sealed class TSneObjective
{
    private const int LeavesOfTask = 4;

    private readonly Affinities _affinities;
    private readonly ParallelOptions _parallel;
    private readonly RepulsionTree _tree;
    private readonly Vector2[] _attraction;
    private readonly Vector2[] _repulsion;

    public TSneObjective(Affinities affinities, ParallelOptions parallel)
    {
        _affinities = affinities;
        _parallel = parallel;
        _tree = new RepulsionTree(affinities.Count);
        _attraction = new Vector2[affinities.Count];
        _repulsion = new Vector2[affinities.Count];
    }

    /// <summary>Computes the attraction and the repulsion of each point.</summary>
    /// <param name="points">The layout.</param>
    /// <param name="angle">That of the repulsion, in [0, 1]: 0 computes each pair.</param>
    /// <returns>The normalizer, by which the repulsion is yet to be divided.</returns>
    public double ComputeForces(Vector2[] points, double angle)
    {
        // The tree grows beside the attraction: neither needs the other, and one thread must build it.
        Parallel.For(-1, RowBlocks.Count(points.Length), _parallel, block =>
        {
            if (block < 0)
            {
                _tree.Build(points);
            }
            else
            {
                int first = RowBlocks.First(points.Length, block);
                int end = RowBlocks.First(points.Length, block + 1);
                _affinities.Attract(first, points, _attraction.AsSpan(first, end - first));
            }
        });
        return Repel(angle);
    }

    /// <summary>Gives the gradient of one point, of the forces computed last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector2 Gradient(int point, float exaggeration, float normalizer) =>
        4 * ((exaggeration * _attraction[point]) - (_repulsion[point] / normalizer));

    /// <summary>Computes the normalizer alone.</summary>
    public double Normalizer(Vector2[] points, double angle)
    {
        _tree.Build(points);
        return Repel(angle);
    }

    /// <summary>Computes the divergence of a layout whose normalizer is known.</summary>
    public double Divergence(Vector2[] points, double normalizer)
    {
        var sums = new double[RowBlocks.Count(points.Length)];
        RowBlocks.Run(points.Length, _parallel, (block, first, end) => sums[block] = _affinities.Divergence(first, end, points));
        return sums.Sum() + Math.Log(normalizer);
    }

    private double Repel(double angle)
    {
        int leaves = _tree.LeafCount;
        Parallel.For(0, (leaves + LeavesOfTask - 1) / LeavesOfTask, _parallel, task =>
            _tree.Repel(task * LeavesOfTask, Math.Min((task + 1) * LeavesOfTask, leaves), (float)angle, _repulsion));
        return _tree.Normalizer();
    }
}
