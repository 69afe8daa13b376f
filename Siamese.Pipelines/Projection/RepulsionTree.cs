using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Siamese.Pipelines.Projection;

/// <summary>Computes the repulsion of t-SNE, Σ (yᵢ − yⱼ) / (1 + ‖yᵢ − yⱼ‖²)² over all j, by a tree of cells.</summary>
/// <remarks>
/// The cells are those of Barnes and Hut (1986), but a far cell meets a leaf, not a point, and by more than its mass: the potential
/// Φ(y) = Σ 1 / (1 + ‖y − yⱼ‖²), whose gradient is −2 times the repulsion and whose sum is the normalizer, is expanded to the third order
/// about the centres of both (the cell–cell interaction of fast multipole methods, Greengard and Rokhlin, 1987). Near leaves meet point
/// by point. Such a series converges where the radii of the two together are less than √(1 + d²), d the distance of their centres; the
/// angle θ bounds the share. It is also the reason that a layout within a unit, as every layout is at first, costs next to nothing.
/// <para>
/// Each leaf sums on its own in a fixed order: threads leave no trace. Between two builds the order of the points stays, and as a step
/// of the optimization changes it little, a build is little more than reading.
/// </para>
/// </remarks>
internal sealed class RepulsionTree
{
    private const int LeafSize = 32;

    private readonly int[] _order;
    private readonly float[] _x;
    private readonly float[] _y;
    private readonly List<Cell> _cells = [];
    private readonly List<int> _leaves = [];
    private readonly ConcurrentBag<InteractionLists> _lists = [];
    private double[] _normalizers = [];

    public RepulsionTree(int count)
    {
        _order = [.. Enumerable.Range(0, count)];
        _x = new float[count];
        _y = new float[count];
    }

    /// <summary>Gets the number of leaves: what there is to share among threads.</summary>
    public int LeafCount => _leaves.Count;

    /// <summary>Builds the tree of a layout.</summary>
    public void Build(ReadOnlySpan<Vector2> points)
    {
        for (int i = 0; i < _order.Length; i++)
        {
            Vector2 point = points[_order[i]];
            (_x[i], _y[i]) = (point.X, point.Y);
        }

        _cells.Clear();
        _leaves.Clear();
        Build(0, _order.Length);
        if (_normalizers.Length < LeafCount)
        {
            _normalizers = new double[2 * LeafCount];
        }
    }

    /// <summary>Computes the repulsion of the points of some leaves.</summary>
    /// <param name="first">The first leaf.</param>
    /// <param name="end">The leaf after the last.</param>
    /// <param name="theta">The angle, in [0, 1]: 0 computes each pair.</param>
    /// <param name="repulsion">Receives the sums of these leaves' points, not yet divided by the normalizer.</param>
    public void Repel(int first, int end, float theta, Span<Vector2> repulsion)
    {
        if (!_lists.TryTake(out InteractionLists? lists))
        {
            lists = new InteractionLists();
        }

        for (int leaf = first; leaf < end; leaf++)
        {
            _normalizers[leaf] = Repel(_leaves[leaf], theta * theta, lists, repulsion);
        }

        _lists.Add(lists);
    }

    /// <summary>Sums 1 / (1 + ‖yᵢ − yⱼ‖²) over all i ≠ j, once the repulsion of all leaves was computed.</summary>
    public double Normalizer()
    {
        double sum = 0;
        foreach (double normalizer in _normalizers.AsSpan(0, LeafCount))
        {
            sum += normalizer;
        }

        return sum;
    }

    [MethodImpl(HotLoop.Compilation)]
    private int Build(int first, int count)
    {
        Span<float> x = _x.AsSpan(first, count);
        Span<float> y = _y.AsSpan(first, count);
        (float left, float right) = Bounds(x);
        (float bottom, float top) = Bounds(y);
        bool wide = right - left > top - bottom;
        (float low, float high) = wide ? (left, right) : (bottom, top);
        int index = _cells.Count;
        _cells.Add(default);
        double mass = count;
        double centerX = 0;
        double centerY = 0;
        double xx = 0;
        double xy = 0;
        double yy = 0;
        float cx;
        float cy;
        bool isLeaf = count <= LeafSize || !(high > low);
        if (isLeaf)
        {
            _leaves.Add(index);
            for (int i = 0; i < x.Length; i++)
            {
                centerX += x[i];
                centerY += y[i];
            }

            (cx, cy) = ((float)(centerX / mass), (float)(centerY / mass));
            for (int i = 0; i < x.Length; i++)
            {
                float dx = x[i] - cx;
                float dy = y[i] - cy;
                xx += dx * dx;
                xy += dx * dy;
                yy += dy * dy;
            }
        }
        else
        {
            float middle = low + ((high - low) / 2);
            int below = wide
                ? Partition(x, y, _order.AsSpan(first, count), middle < high ? middle : low)
                : Partition(y, x, _order.AsSpan(first, count), middle < high ? middle : low);
            int one = Build(first, below);
            int other = Build(first + below, count - below);
            Cell a = _cells[one];
            Cell b = _cells[other];
            cx = (float)(((a.Mass * (double)a.X) + (b.Mass * (double)b.X)) / mass);
            cy = (float)(((a.Mass * (double)a.Y) + (b.Mass * (double)b.Y)) / mass);
            foreach (Cell part in (ReadOnlySpan<Cell>)[a, b])
            {
                double dx = part.X - cx;
                double dy = part.Y - cy;
                xx += part.Xx + (part.Mass * dx * dx);
                xy += part.Xy + (part.Mass * dx * dy);
                yy += part.Yy + (part.Mass * dy * dy);
            }
        }

        float reachX = Math.Max(right - cx, cx - left);
        float reachY = Math.Max(top - cy, cy - bottom);
        _cells[index] = new Cell
        {
            X = cx,
            Y = cy,
            Radius = MathF.Sqrt((reachX * reachX) + (reachY * reachY)),
            Mass = count,
            Xx = (float)xx,
            Xy = (float)xy,
            Yy = (float)yy,
            First = first,
            Count = count,
            Next = _cells.Count,
            IsLeaf = isLeaf,
        };
        return index;
    }

    [MethodImpl(HotLoop.Compilation)]
    private static (float Low, float High) Bounds(ReadOnlySpan<float> values)
    {
        float low = values[0];
        float high = low;
        int i = 0;
        if (values.Length >= Vector<float>.Count)
        {
            var lows = new Vector<float>(values);
            Vector<float> highs = lows;
            for (i = Vector<float>.Count; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var next = new Vector<float>(values[i..]);
                lows = Vector.Min(lows, next);
                highs = Vector.Max(highs, next);
            }

            for (int lane = 0; lane < Vector<float>.Count; lane++)
            {
                low = Math.Min(low, lows[lane]);
                high = Math.Max(high, highs[lane]);
            }
        }

        for (; i < values.Length; i++)
        {
            low = Math.Min(low, values[i]);
            high = Math.Max(high, values[i]);
        }

        return (low, high);
    }

    /// <summary>Brings the points at or below a bound to the front.</summary>
    [MethodImpl(HotLoop.Compilation)]
    private static int Partition(Span<float> along, Span<float> across, Span<int> order, float bound)
    {
        int i = 0;
        int j = along.Length - 1;
        while (true)
        {
            while (i <= j && along[i] <= bound)
            {
                i++;
            }

            while (i <= j && !(along[j] <= bound))
            {
                j--;
            }

            if (i > j)
            {
                return i;
            }

            (along[i], along[j]) = (along[j], along[i]);
            (across[i], across[j]) = (across[j], across[i]);
            (order[i], order[j]) = (order[j], order[i]);
            i++;
            j--;
        }
    }

    [MethodImpl(HotLoop.Compilation)]
    private double Repel(int leaf, float angle, InteractionLists lists, Span<Vector2> repulsion)
    {
        ReadOnlySpan<Cell> cells = CollectionsMarshal.AsSpan(_cells);
        ref readonly Cell target = ref cells[leaf];
        lists.Clear();
        int self = -1;
        int at = 0;
        while (at < cells.Length)
        {
            ref readonly Cell source = ref cells[at];
            float dx = target.X - source.X;
            float dy = target.Y - source.Y;
            float radii = target.Radius + source.Radius;
            if (radii * radii < angle * (1 + (dx * dx) + (dy * dy)))
            {
                lists.AddFar(dx, dy, source);
                at = source.Next;
            }
            else if (source.IsLeaf)
            {
                if (at == leaf)
                {
                    self = lists.NearCount;
                }

                lists.AddNear(_x.AsSpan(source.First, source.Count), _y.AsSpan(source.First, source.Count));
                at = source.Next;
            }
            else
            {
                at++;
            }
        }

        LocalExpansion far = lists.ExpandFar();
        lists.PadNear();
        double normalizer = 0;
        for (int i = 0; i < target.Count; i++)
        {
            float x = _x[target.First + i];
            float y = _y[target.First + i];
            (float potential, float forceX, float forceY) = lists.MeetNear(x, y, self < 0 ? -1 : self + i);
            (float farPotential, float farX, float farY) = far.At(x - target.X, y - target.Y);

            // In a far cell each point meets itself, at a distance of 0, where it is not repelled.
            normalizer += potential + (double)farPotential - (self < 0 ? 1 : 0);
            repulsion[_order[target.First + i]] = new Vector2(forceX + farX, forceY + farY);
        }

        return normalizer;
    }
}
