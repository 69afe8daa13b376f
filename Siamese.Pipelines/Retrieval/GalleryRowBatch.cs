using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Rows of a gallery's file as they were read, before they are checked and decoded, which takes as long.</summary>
internal sealed class GalleryRowBatch(int rows, int dimension)
{
    private const int TextsOfRow = 3;

    private readonly long[] _positions = new long[rows];
    private readonly long[] _checksums = new long[rows];
    private readonly int[] _ends = new int[rows * TextsOfRow];
    private byte[] _texts = [];
    private int _textBytes;

    /// <summary>Gets the embeddings: (rows, D) float32, of which the first <see cref="Count"/> are filled.</summary>
    public float[] Embeddings { get; } = GC.AllocateUninitializedArray<float>(rows * dimension);

    public int Count { get; private set; }

    public bool IsFull => Count == rows;

    public void Add(
        long position, ReadOnlySpan<byte> id, ReadOnlySpan<byte> label, ReadOnlySpan<byte> metadata, ReadOnlySpan<float> embedding, long checksum)
    {
        _positions[Count] = position;
        _checksums[Count] = checksum;
        embedding.CopyTo(Embeddings.AsSpan(Count * dimension, dimension));
        int bytes = _textBytes + id.Length + label.Length + metadata.Length;
        if (bytes > _texts.Length)
        {
            Array.Resize(ref _texts, Math.Max(bytes, 2 * _texts.Length));
        }

        Add(id, 0);
        Add(label, 1);
        Add(metadata, 2);
        Count++;
    }

    /// <summary>Checks and decodes the rows.</summary>
    /// <param name="labels">The labels met so far.</param>
    /// <param name="entries">Takes an entry of each.</param>
    /// <param name="damaged">Makes the error for a row, by its position, whose checksum is another.</param>
    public void Decode(SharedTexts labels, Span<GalleryEntry> entries, Func<long, Exception> damaged)
    {
        for (int row = 0; row < Count; row++)
        {
            ReadOnlySpan<byte> id = Text(row, 0);
            ReadOnlySpan<byte> label = Text(row, 1);
            ReadOnlySpan<byte> metadata = Text(row, 2);
            uint checksum = GalleryChecksum.Of(
                _positions[row], id, label, metadata, MemoryMarshal.AsBytes(Embeddings.AsSpan(row * dimension, dimension)));
            if (checksum != _checksums[row] || !Utf8.IsValid(id) || !Utf8.IsValid(label) || !GalleryMetadata.IsValid(metadata))
            {
                throw damaged(_positions[row]);
            }

            entries[row] = new GalleryEntry(
                Encoding.UTF8.GetString(id), labels.Of(label), metadata.IsEmpty ? null : Encoding.UTF8.GetString(metadata), _positions[row], checksum);
        }
    }

    private void Add(ReadOnlySpan<byte> text, int which)
    {
        text.CopyTo(_texts.AsSpan(_textBytes));
        _textBytes += text.Length;
        _ends[(Count * TextsOfRow) + which] = _textBytes;
    }

    private ReadOnlySpan<byte> Text(int row, int which)
    {
        int number = (row * TextsOfRow) + which;
        return _texts.AsSpan((number == 0 ? 0 : _ends[number - 1])..(_ends[number]));
    }
}
