using System.Numerics.Tensors;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Appends rows to the blocks of a gallery's matrix: behind those that any snapshot sees.</summary>
internal sealed class GalleryMatrix
{
    private readonly int _dimension;
    private readonly int _blockRows;
    private readonly List<GalleryBlock> _blocks;
    private int _rows;

    public GalleryMatrix(int dimension, GallerySnapshot? before = null)
    {
        _dimension = dimension;
        _blockRows = GalleryBlock.RowsOf(dimension);
        _blocks = [.. before?.Blocks ?? []];
        _rows = before?.Rows ?? 0;
    }

    public GalleryLocation Append(GalleryEntry entry, ReadOnlySpan<float> embedding)
    {
        int row = _rows % _blockRows;
        if (row == 0)
        {
            _blocks.Add(new GalleryBlock(_blockRows, _dimension));
        }

        GalleryBlock block = _blocks[^1];
        embedding.CopyTo(block.Embeddings.AsSpan(row * _dimension, _dimension));
        block.Squares[row] = TensorPrimitives.SumOfSquares(embedding);
        block.Entries[row] = entry;
        _rows = checked(_rows + 1);
        return new GalleryLocation(entry, block, row);
    }

    public GallerySnapshot ToSnapshot(int count, long version) => new([.. _blocks], _dimension, _rows, count, version);
}
