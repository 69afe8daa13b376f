using System.Numerics.Tensors;
using Siamese.Pipelines.Embeddings;

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

    /// <summary>Gets the rows of a block.</summary>
    public int BlockRows => _blockRows;

    public GalleryLocation Append(GalleryEntry entry, ReadOnlySpan<float> embedding)
    {
        int row = _rows % _blockRows;
        if (row == 0)
        {
            _blocks.Add(new GalleryBlock(_blockRows, _dimension, GC.AllocateUninitializedArray<float>(_blockRows * _dimension)));
        }

        GalleryBlock block = _blocks[^1];
        embedding.CopyTo(block.Embeddings.AsSpan(row * _dimension, _dimension));
        block.Squares[row] = TensorPrimitives.SumOfSquares(embedding);
        block.Entries[row] = entry;
        _rows = checked(_rows + 1);
        return new GalleryLocation(entry, block, row);
    }

    /// <summary>Appends a batch of as many rows as a block has, or fewer if it is the last, to a matrix whose blocks are full.</summary>
    /// <returns>Its rows' entries.</returns>
    public ReadOnlySpan<GalleryEntry> Append(GalleryRowBatch batch, SharedTexts labels, EmbeddingSpace space, Func<long, Exception> damaged)
    {
        var block = new GalleryBlock(_blockRows, _dimension, batch.Embeddings);
        batch.Decode(labels, block.Entries, damaged);
        for (int row = 0; row < batch.Count; row++)
        {
            block.Squares[row] = TensorPrimitives.SumOfSquares(block.From(row, 1));
            if (!space.Allows(block.Squares[row]))
            {
                throw damaged(block.Entries[row].Position);
            }
        }

        _blocks.Add(block);
        _rows = checked(_rows + batch.Count);
        return block.Entries.AsSpan(0, batch.Count);
    }

    public GallerySnapshot ToSnapshot(int count, long version) => new([.. _blocks], _dimension, _rows, count, version);
}
