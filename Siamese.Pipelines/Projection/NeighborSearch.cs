using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Siamese.Pipelines.Projection;

/// <summary>Finds the nearest others of each row by computing distances, in tiles: exact, and on few components fast as well.</summary>
/// <remarks>
/// A distance is a sum of squared differences, which stays exact for near rows far from the origin where ‖x‖² + ‖y‖² − 2 x·y does not.
/// Tiles of rows that are near each other meet tiles, the nearest first, and the search of a tile ends where no row of those to come can
/// be near enough by the triangle inequality. Where there is nothing to leave out, of hundreds of components, it is a product of matrices:
/// rows are laid out for vectors, and taken a stretch of components at a time, so that what is read stays in the first caches. Memory
/// beside the result is one copy of the rows, and a tile for each thread.
/// </remarks>
internal sealed class NeighborSearch
{
    // Queries whose sums stay in registers together, against two vectors of references.
    private const int QueriesOfKernel = 4;
    private const int ComponentsOfStretch = 256;

    // Selections are brought up to date so often; it costs time, and a tighter bound saves some.
    private const int TilesBetweenBounds = 8;

    // Rounding must not leave out a row that is near enough.
    private const double Caution = 1e-4;

    private static readonly int PanelWidth = 2 * Vector<float>.Count;
    private static readonly int PanelsOfTile = RowOrder.RowsOfTile / PanelWidth;

    private readonly ReadOnlyMemory<float> _rows;
    private readonly int[] _order;
    private readonly int _dimension;
    private readonly float[] _panels;
    private readonly float[] _centers;
    private readonly double[] _radii;
    private readonly ConcurrentBag<Tile> _tiles = [];

    private NeighborSearch(ReadOnlyMemory<float> rows, int dimension, int[] order)
    {
        _rows = rows;
        _dimension = dimension;
        _order = order;
        int tiles = (order.Length + RowOrder.RowsOfTile - 1) / RowOrder.RowsOfTile;
        _panels = new float[checked(tiles * RowOrder.RowsOfTile * dimension)];
        _centers = new float[tiles * dimension];
        _radii = new double[tiles];
    }

    /// <summary>Finds the nearest others.</summary>
    /// <param name="rows">(N, D) float32, all finite, whose squares do not overflow.</param>
    /// <param name="dimension">D.</param>
    /// <param name="order">The rows by <see cref="RowOrder"/>. The result numbers them so.</param>
    /// <param name="neighbors">k, less than N.</param>
    /// <param name="parallel">Threads and what cancels. They do not change the result.</param>
    public static NeighborLists Find(ReadOnlyMemory<float> rows, int dimension, int[] order, int neighbors, ParallelOptions parallel)
    {
        var search = new NeighborSearch(rows, dimension, order);
        var lists = new NeighborLists(new int[checked(order.Length * neighbors)], new float[order.Length * neighbors], neighbors);
        Parallel.For(0, search._radii.Length, parallel, search.FillTile);
        Parallel.For(0, search._radii.Length, parallel, tile => search.Find(tile, lists, parallel.CancellationToken));
        return lists;
    }

    private static int First(int tile) => tile * RowOrder.RowsOfTile;

    private int RowsOf(int tile) => Math.Min(RowOrder.RowsOfTile, _order.Length - First(tile));

    private ReadOnlySpan<float> Row(int place) => _rows.Span.Slice(_order[place] * _dimension, _dimension);

    private void FillTile(int tile)
    {
        int end = First(tile) + RowsOf(tile);
        Span<float> center = _centers.AsSpan(tile * _dimension, _dimension);
        for (int place = First(tile); place < end; place++)
        {
            ReadOnlySpan<float> row = Row(place);
            TensorPrimitives.Add(center, row, center);
            Span<float> panel = _panels.AsSpan(place / PanelWidth * PanelWidth * _dimension);
            int lane = place % PanelWidth;
            for (int d = 0; d < row.Length; d++)
            {
                panel[(d * PanelWidth) + lane] = row[d];
            }
        }

        TensorPrimitives.Divide(center, RowsOf(tile), center);
        double radius = 0;
        for (int place = First(tile); place < end; place++)
        {
            radius = Math.Max(radius, TensorPrimitives.Distance(center, Row(place)));
        }

        _radii[tile] = radius;
    }

    private void Find(int queryTile, NeighborLists lists, CancellationToken cancellation)
    {
        if (!_tiles.TryTake(out Tile? tile))
        {
            tile = new Tile(lists.Count, _radii.Length);
        }

        int queries = RowsOf(queryTile);
        Span<NearestSelection> selections = tile.Selections.AsSpan(0, queries);
        foreach (NearestSelection selection in selections)
        {
            selection.Clear();
        }

        for (int other = 0; other < tile.Others.Length; other++)
        {
            double gap = TensorPrimitives.Distance(
                _centers.AsSpan(queryTile * _dimension, _dimension), _centers.AsSpan(other * _dimension, _dimension));
            tile.Others[other] = other;
            tile.Gaps[other] = Math.Max(0, ((1 - Caution) * gap) - ((1 + Caution) * (_radii[queryTile] + _radii[other])));
        }

        tile.Gaps.AsSpan().Sort(tile.Others.AsSpan());
        tile.Stretch = -1;
        double bound = double.PositiveInfinity;
        for (int i = 0; i < tile.Others.Length && tile.Gaps[i] * tile.Gaps[i] <= bound; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            int other = tile.Others[i];
            Measure(queryTile, other, tile);
            for (int q = 0; q < queries; q++)
            {
                selections[q].Add(tile.Distances.AsSpan(q * RowOrder.RowsOfTile, RowsOf(other)), First(other), First(queryTile) + q);
            }

            if (i % TilesBetweenBounds == TilesBetweenBounds - 1)
            {
                bound = 0;
                foreach (NearestSelection selection in selections)
                {
                    bound = Math.Max(bound, selection.Bound());
                }
            }
        }

        for (int q = 0; q < queries; q++)
        {
            int at = (First(queryTile) + q) * lists.Count;
            selections[q].CopyTo(lists.Indices.AsSpan(at, lists.Count), lists.SquaredDistances.AsSpan(at, lists.Count));
        }

        _tiles.Add(tile);
    }

    /// <summary>Computes the squared distances of a tile: (queries, references).</summary>
    private void Measure(int queryTile, int referenceTile, Tile tile)
    {
        Array.Clear(tile.Distances);
        int queries = RowsOf(queryTile);
        for (int d = 0; d < _dimension; d += ComponentsOfStretch)
        {
            int components = Math.Min(ComponentsOfStretch, _dimension - d);
            if (tile.Stretch != d)
            {
                tile.Stretch = d;
                for (int q = 0; q < queries; q++)
                {
                    Row(First(queryTile) + q).Slice(d, components).CopyTo(tile.Queries.AsSpan(q * ComponentsOfStretch));
                }
            }

            for (int panel = 0; panel < PanelsOfTile; panel++)
            {
                int place = First(referenceTile) + (panel * PanelWidth);
                ref float references = ref _panels[(place * _dimension) + (d * PanelWidth)];
                for (int q = 0; q < queries; q += QueriesOfKernel)
                {
                    AddSquares(
                        ref tile.Queries[q * ComponentsOfStretch],
                        ref references,
                        components,
                        ref tile.Distances[(q * RowOrder.RowsOfTile) + (panel * PanelWidth)]);
                }
            }
        }
    }

    [MethodImpl(HotLoop.Compilation)]
    private static void AddSquares(ref float query, ref float references, int components, ref float distances)
    {
        nuint width = (nuint)Vector<float>.Count;
        nuint stride = RowOrder.RowsOfTile;
        Vector<float> a0 = Vector.LoadUnsafe(ref distances);
        Vector<float> a1 = Vector.LoadUnsafe(ref distances, width);
        Vector<float> b0 = Vector.LoadUnsafe(ref distances, stride);
        Vector<float> b1 = Vector.LoadUnsafe(ref distances, stride + width);
        Vector<float> c0 = Vector.LoadUnsafe(ref distances, 2 * stride);
        Vector<float> c1 = Vector.LoadUnsafe(ref distances, (2 * stride) + width);
        Vector<float> d0 = Vector.LoadUnsafe(ref distances, 3 * stride);
        Vector<float> d1 = Vector.LoadUnsafe(ref distances, (3 * stride) + width);
        for (int i = 0; i < components; i++)
        {
            Vector<float> x0 = Vector.LoadUnsafe(ref references);
            Vector<float> x1 = Vector.LoadUnsafe(ref references, width);
            references = ref Unsafe.Add(ref references, 2 * width);
            var a = new Vector<float>(query);
            var b = new Vector<float>(Unsafe.Add(ref query, ComponentsOfStretch));
            var c = new Vector<float>(Unsafe.Add(ref query, 2 * ComponentsOfStretch));
            var d = new Vector<float>(Unsafe.Add(ref query, 3 * ComponentsOfStretch));
            query = ref Unsafe.Add(ref query, 1);
            a0 = Vector.MultiplyAddEstimate(a - x0, a - x0, a0);
            a1 = Vector.MultiplyAddEstimate(a - x1, a - x1, a1);
            b0 = Vector.MultiplyAddEstimate(b - x0, b - x0, b0);
            b1 = Vector.MultiplyAddEstimate(b - x1, b - x1, b1);
            c0 = Vector.MultiplyAddEstimate(c - x0, c - x0, c0);
            c1 = Vector.MultiplyAddEstimate(c - x1, c - x1, c1);
            d0 = Vector.MultiplyAddEstimate(d - x0, d - x0, d0);
            d1 = Vector.MultiplyAddEstimate(d - x1, d - x1, d1);
        }

        a0.StoreUnsafe(ref distances);
        a1.StoreUnsafe(ref distances, width);
        b0.StoreUnsafe(ref distances, stride);
        b1.StoreUnsafe(ref distances, stride + width);
        c0.StoreUnsafe(ref distances, 2 * stride);
        c1.StoreUnsafe(ref distances, (2 * stride) + width);
        d0.StoreUnsafe(ref distances, 3 * stride);
        d1.StoreUnsafe(ref distances, (3 * stride) + width);
    }

    /// <summary>What a thread works on: queries, their distances from some rows, what is nearest yet, the tiles yet to meet.</summary>
    private sealed class Tile(int neighbors, int tiles)
    {
        public float[] Queries { get; } = new float[RowOrder.RowsOfTile * ComponentsOfStretch];

        /// <summary>Gets or sets the first component that <see cref="Queries"/> hold.</summary>
        public int Stretch { get; set; }

        public float[] Distances { get; } = new float[RowOrder.RowsOfTile * RowOrder.RowsOfTile];

        public NearestSelection[] Selections { get; } =
            [.. Enumerable.Range(0, RowOrder.RowsOfTile).Select(_ => new NearestSelection(neighbors))];

        public int[] Others { get; } = new int[tiles];

        /// <summary>Gets what rows of the two tiles are at least apart.</summary>
        public double[] Gaps { get; } = new double[tiles];
    }
}
