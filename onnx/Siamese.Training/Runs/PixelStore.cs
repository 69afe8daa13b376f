using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Siamese.Pipelines.Images;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>
/// The pixels of all rows in memory: bytes as long as all are whole numbers of [0, 255], floats from the first that is not.
/// </summary>
/// <remarks>They are kept in many arrays, since one array is limited to 2 GiB and must be copied to grow.</remarks>
/// <param name="expectedRows">How many rows there will be, where that is known.</param>
/// <param name="chunkBytes">The size of an array, rounded to whole rows, of which it holds at least one.</param>
/// <param name="availableBytes">The memory that the process may use; null to ask the runtime.</param>
internal sealed class PixelStore(long? expectedRows, int chunkBytes = PixelStore.DefaultChunkBytes, long? availableBytes = null)
{
    private const int DefaultChunkBytes = 64 << 20;

    /// <summary>The rows that the first array begins with where their number is not known.</summary>
    private const int FirstRows = 16;

    private List<byte[]> _chunks = [];
    private int _length;
    private bool _hasFloats;

    /// <summary>Gets the rows.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the number of arrays.</summary>
    public int Chunks => _chunks.Count;

    private int RowBytes => _hasFloats ? _length * sizeof(float) : _length;

    private int RowsPerChunk => Math.Max(1, chunkBytes / RowBytes);

    /// <summary>Adds a row of bytes, as long as every other.</summary>
    public void Add(ReadOnlySpan<byte> row)
    {
        Begin(row.Length);
        row.CopyTo(Next());
    }

    /// <summary>Adds a row of finite numbers, as long as every other.</summary>
    public void Add(ReadOnlySpan<float> row)
    {
        Begin(row.Length);
        if (!_hasFloats)
        {
            if (TryRound(row, Next()))
            {
                return;
            }

            Count--;
            TurnIntoFloats();
        }

        MemoryMarshal.AsBytes(row).CopyTo(Next());
    }

    /// <summary>Copies rows into a tensor.</summary>
    /// <returns>(n, C, H, W) float32 of [0, 255].</returns>
    public Tensor ToTensor(ReadOnlySpan<int> rows, ImageInput input)
    {
        using Tensor stored = empty([rows.Length, input.Channels, input.Height, input.Width], _hasFloats ? ScalarType.Float32 : ScalarType.Byte);

        // A span is limited to 2 GiB.
        int most = int.MaxValue / RowBytes;
        for (int first = 0; first < rows.Length; first += most)
        {
            ReadOnlySpan<int> some = rows[first..Math.Min(rows.Length, first + most)];
            using Tensor part = stored.narrow(0, first, some.Length);
            Span<byte> bytes = part.bytes;
            for (int i = 0; i < some.Length; i++)
            {
                Row(some[i]).CopyTo(bytes.Slice(i * RowBytes, RowBytes));
            }
        }

        return stored.to(ScalarType.Float32);
    }

    /// <summary>Adds all pixels to a hash, row after row.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        for (int row = 0; row < Count; row++)
        {
            hash.AppendData(Row(row));
        }
    }

    /// <summary>Writes numbers as bytes.</summary>
    /// <returns>False where one is not a whole number of [0, 255].</returns>
    private static bool TryRound(ReadOnlySpan<float> row, Span<byte> bytes)
    {
        for (int i = 0; i < row.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(row[i], 0f, 255f);
            if (bytes[i] != row[i])
            {
                return false;
            }
        }

        return true;
    }

    private void Begin(int length)
    {
        if (Count > 0)
        {
            return;
        }

        _length = length;
        ThrowIfTooLarge(expectedRows ?? 1);
    }

    private Span<byte> Next()
    {
        if (Count == (long)_chunks.Count * RowsPerChunk)
        {
            ThrowIfTooLarge(Count + 1L);

            // The first array begins with what is expected, or small: a few rows do not take a whole array.
            long rows = _chunks.Count > 0 ? RowsPerChunk : Math.Clamp(expectedRows ?? FirstRows, 1, RowsPerChunk);
            _chunks.Add(Allocate((int)rows * RowBytes));
        }
        else if (_chunks.Count == 1 && (Count + 1L) * RowBytes > _chunks[0].Length)
        {
            byte[] grown = Allocate((int)Math.Min(2L * Count, RowsPerChunk) * RowBytes);
            _chunks[0].CopyTo(grown, 0);
            _chunks[0] = grown;
        }

        return Row(Count++);
    }

    private Span<byte> Row(int row) => _chunks[row / RowsPerChunk].AsSpan(row % RowsPerChunk * RowBytes, RowBytes);

    private void TurnIntoFloats()
    {
        List<byte[]> bytes = _chunks;
        int rowsPerChunk = RowsPerChunk;
        int count = Count;
        _hasFloats = true;
        ThrowIfTooLarge(Math.Max(expectedRows ?? 0, count + 1L));
        _chunks = [];
        Count = 0;
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<byte> from = bytes[row / rowsPerChunk].AsSpan(row % rowsPerChunk * _length, _length);
            Span<float> to = MemoryMarshal.Cast<byte, float>(Next());
            for (int i = 0; i < from.Length; i++)
            {
                to[i] = from[i];
            }

            if (row % rowsPerChunk == rowsPerChunk - 1)
            {
                // Freed as soon as it was read, so that not all rows are in memory twice.
                bytes[row / rowsPerChunk] = [];
            }
        }
    }

    private byte[] Allocate(int bytes)
    {
        try
        {
            return GC.AllocateUninitializedArray<byte>(bytes);
        }
        catch (OutOfMemoryException)
        {
            throw TooLarge(Count + 1L, GC.GetTotalMemory(forceFullCollection: false));
        }
    }

    private void ThrowIfTooLarge(long rows)
    {
        long available = availableBytes ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if ((double)rows * _length * (_hasFloats ? sizeof(float) : 1) > available || (long)_length * (_hasFloats ? sizeof(float) : 1) > Array.MaxLength)
        {
            throw TooLarge(rows, available);
        }
    }

    private InvalidOperationException TooLarge(long rows, long available) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"{(rows == expectedRows ? "The" : "The first")} {rows:N0} images of {_length:N0} {(_hasFloats ? "Single values (4 bytes each)" : "pixels (a byte each)")} take "
        + $"{(double)rows * _length * (_hasFloats ? sizeof(float) : 1) / (1 << 30):F2} GiB, but this process may use {(double)available / (1 << 30):F2} GiB of memory. "
        + $"Train on fewer or smaller images{(_hasFloats ? ", or on pixels that are whole numbers of [0, 255]" : string.Empty)}."));
}
