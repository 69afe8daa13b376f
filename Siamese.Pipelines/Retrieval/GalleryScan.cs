using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace Siamese.Pipelines.Retrieval;

/// <summary>One thread's share of a search: goes over blocks, and keeps what is nearest to each query.</summary>
/// <remarks>
/// Fast products say how near a row is at the nearest, their errors taken into account. Where that may be near enough, the distance is computed
/// as it is for all rows, so that neither the order of sums nor the codes show in what is found.
/// </remarks>
internal sealed class GalleryScan
{
    // Rows that stay in a processor's first caches while all queries go over them.
    private const int ComponentsOfTile = 1 << 13;

    private readonly PreparedQueries _queries;
    private readonly IReadOnlyList<string>? _skippedLabels;
    private readonly GalleryFilter? _filter;
    private readonly long _version;
    private readonly float _slack;

    public GalleryScan(PreparedQueries queries, int wanted, IReadOnlyList<string>? skippedLabels, GalleryFilter? filter, long version)
    {
        _queries = queries;
        _skippedLabels = skippedLabels;
        _filter = filter;
        _version = version;
        _slack = DotKernels.Slack(queries.Dimension);
        Nearest = new NearestRows[queries.Count];
        for (int query = 0; query < Nearest.Length; query++)
        {
            Nearest[query] = new NearestRows(wanted);
        }
    }

    public NearestRows[] Nearest { get; }

    /// <summary>Goes over some rows of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="number">The number in the gallery of the block's row 0.</param>
    /// <param name="first">The first of the rows.</param>
    /// <param name="end">The row behind the last.</param>
    public void Embeddings(GalleryBlock block, int number, int first, int end)
    {
        int dimension = _queries.Dimension;
        int tile = Math.Max(DotKernels.Side, ComponentsOfTile / dimension / DotKernels.Side * DotKernels.Side);
        Span<float> dots = stackalloc float[DotKernels.Side * DotKernels.Side];
        for (int start = first; start < end; start += tile)
        {
            int stop = Math.Min(start + tile, end);
            int whole = start + ((stop - start) / DotKernels.Side * DotKernels.Side);
            int query = 0;
            for (; query + DotKernels.Side <= Nearest.Length; query += DotKernels.Side)
            {
                for (int row = start; row < whole; row += DotKernels.Side)
                {
                    DotKernels.FourByFour(_queries.From(query, DotKernels.Side), block.From(row, DotKernels.Side), dimension, dots);
                    for (int i = 0; i < DotKernels.Side; i++)
                    {
                        Offer(block, number, row, query + i, Vector128.Create<float>(dots[(i * DotKernels.Side)..]));
                    }
                }
            }

            for (; query < Nearest.Length; query++)
            {
                for (int row = start; row < whole; row += DotKernels.Side)
                {
                    DotKernels.OneByFour(_queries[query], block.From(row, DotKernels.Side), dots);
                    Offer(block, number, row, query, Vector128.Create<float>(dots));
                }
            }

            for (query = 0; query < Nearest.Length; query++)
            {
                for (int row = whole; row < stop; row++)
                {
                    Offer(block, number, row, query);
                }
            }
        }
    }

    /// <summary>Goes over the codes of a block that is full, and over its embeddings where the codes cannot tell.</summary>
    /// <param name="block">The block.</param>
    /// <param name="number">The number in the gallery of the block's row 0.</param>
    /// <param name="end">The rows of the block.</param>
    public void Codes(GalleryBlock block, int number, int end)
    {
        GalleryCodes codes = block.Codes();
        int tile = Math.Max(DotKernels.Side, 4 * ComponentsOfTile / codes.Stride / DotKernels.Side * DotKernels.Side);
        int whole = end / DotKernels.Side * DotKernels.Side;
        Span<int> dots = stackalloc int[DotKernels.Side];
        for (int start = 0; start < whole; start += tile)
        {
            int stop = Math.Min(start + tile, whole);
            for (int query = 0; query < Nearest.Length; query++)
            {
                ReadOnlySpan<sbyte> encoded = _queries.CodesOf(query);

                // q·x is t s (d·c) but for (q − f)·e + f·x, with the query q = t d + f and the row x = s c + e.
                Vector128<int> excess = Vector128.Create(_queries.Excesses[query]);
                Vector128<float> scale = Vector128.Create(_queries.Scales[query]);
                Vector128<float> ofRemainder = Vector128.Create(_queries.Lengths[query] + _queries.Remainders[query]);
                Vector128<float> ofLength = Vector128.Create(_queries.Remainders[query]);
                for (int row = start; row < stop; row += DotKernels.Side)
                {
                    CodeKernels.OneByFour(encoded, codes.From(row, DotKernels.Side), dots);
                    Vector128<float> products = Vector128.ConvertToSingle(Vector128.Create<int>(dots) - excess)
                        * (scale * Vector128.Create(codes.Scales, row));
                    Vector128<float> errors = (ofRemainder * Vector128.Create(codes.Remainders, row)) + (ofLength * Vector128.Create(codes.Lengths, row));
                    Offer(block, number, row, query, products + errors);
                }
            }
        }

        Embeddings(block, number, whole, end);
    }

    /// <summary>Takes those of four rows that are near enough.</summary>
    /// <param name="block">The block.</param>
    /// <param name="number">The number of the block's row 0.</param>
    /// <param name="row">The first of the four rows.</param>
    /// <param name="query">The query.</param>
    /// <param name="products">What the query's product with each row is at most, but for roundings.</param>
    private void Offer(GalleryBlock block, int number, int row, int query, Vector128<float> products)
    {
        Vector128<float> squares = Vector128.Create(_queries.Squares[query]) + Vector128.Create(block.Squares, row);
        Vector128<float> least = squares - (products + products) - (squares * _slack);

        // What overflowed is not a number, is greater than nothing, and so is looked at.
        if (Vector128.GreaterThanAll(least, Vector128.Create(Nearest[query].SquaredLimit)))
        {
            return;
        }

        for (int i = 0; i < DotKernels.Side; i++)
        {
            if (!(least[i] > Nearest[query].SquaredLimit))
            {
                Offer(block, number, row + i, query);
            }
        }
    }

    private void Offer(GalleryBlock block, int number, int row, int query)
    {
        float distance = TensorPrimitives.Distance(_queries[query], block.From(row, 1));
        if (distance < Nearest[query].Bound
            && block.Entries[row].IsIn(_version)
            && _skippedLabels?[query] != block.Entries[row].Label
            && _filter?.Accepts(block.Entries[row]) != false)
        {
            Nearest[query].Offer(new NearRow(distance, number + row, block.Entries[row]));
        }
    }
}
