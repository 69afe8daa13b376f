using System.Buffers;
using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>Reads a block of rows ahead, scores it in batches side by side, and hands the rows out one by one.</summary>
/// <remarks>
/// The first block is of one row, or of as many as the graph takes, and each is of twice the rows of the one before until it is full: whoever
/// reads a few rows does not wait for a thousand, and memory follows the rows that are there.
/// </remarks>
internal sealed class BatchedOnnxCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly OnnxSession _session;
    private readonly OnnxColumn[] _inputs;
    private readonly OnnxColumn[] _outputs;
    private readonly int _batchSize;
    private readonly int _fullBlock;
    private readonly ParallelOptions _parallel;
    private readonly OnnxRowReader _reader;
    private readonly bool[] _active;
    private readonly ColumnBuffer?[] _kept;
    private float[][] _inputValues = [];
    private float[][] _outputValues = [];
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private DataViewRowId[] _ids = [];
    private long[] _batches = [];
    private readonly UseCount _buffers;
    private int _count;
    private int _slot = -1;
    private long _position = -1;

    public BatchedOnnxCursor(
        DataViewRowCursor source, DataViewSchema schema, bool[] active, OnnxStep step, OnnxSession session, OnnxScoringOptions options, Action resized)
    {
        _source = source;
        _session = session;
        _inputs = step.Inputs;
        _outputs = step.Outputs;
        _batchSize = session.RoundUp(options.BatchSizeFor(step.RowLength));
        _fullBlock = session.RoundUp(FullBlock((long)_batchSize * options.MaxDegreeOfParallelism, step));
        _parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = options.MaxDegreeOfParallelism,
            CancellationToken = options.CancellationToken,
        };
        Schema = schema;
        _active = active;
        _reader = new OnnxRowReader(source, step.Inputs, resized);
        _kept = [.. source.Schema.Select(column => active[column.Index] ? ColumnBuffer.Create(source, column) : null)];
        _idGetter = source.GetIdGetter();
        _buffers = new UseCount(typeof(DataViewRowCursor), FreeBuffers);
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => _position < 0 ? 0 : _batches[_slot];

    public override bool MoveNext()
    {
        if (++_slot >= _count)
        {
            // A block that is being scored while another thread disposes the cursor still writes into the buffers.
            _buffers.Enter();
            try
            {
                ReadBlock();
            }
            finally
            {
                _buffers.Exit();
            }

            _slot = 0;
            if (_count == 0)
            {
                _position = -1;
                return false;
            }
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[_slot];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Delegate getter;
        if (column.Index < _kept.Length)
        {
            getter = (_kept[column.Index] ?? throw ColumnErrors.Inactive(column)).Getter(() => _slot);
        }
        else
        {
            if (!_active[column.Index])
            {
                throw ColumnErrors.Inactive(column);
            }

            int length = _outputs[column.Index - _kept.Length].Length;
            int output = column.Index - _kept.Length;
            getter = (ValueGetter<VBuffer<float>>)((ref VBuffer<float> vector) =>
                VectorColumns.Set(ref vector, _outputValues[output].AsSpan(_slot * length, length)));
        }

        return getter as ValueGetter<TValue> ?? throw ColumnErrors.WrongType<TValue>(column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _buffers.Dispose();
        }

        base.Dispose(disposing);
    }

    private void FreeBuffers()
    {
        Array.ForEach(_kept, kept => kept?.Release());
        _source.Dispose();

        // Whatever still reads must not see the rows of whoever rents the arrays next.
        ReturnValues();
    }

    /// <summary>
    /// Counts the rows of a full block: several batches for each thread, so that one that finishes early finds more to do, as long as that
    /// takes little memory; and never more than fit into memory, whatever batch size was asked for.
    /// </summary>
    private static int FullBlock(long rows, OnnxStep step)
    {
        const int MostBatchesOfAThread = 4;
        const long Little = 4 << 20;
        const long Most = 1 << 30;
        long batches = Math.Clamp(Little / sizeof(float) / step.RowLength / rows, 1, MostBatchesOfAThread);
        long fit = Most / (Math.Max(step.RowLength, step.Outputs.Sum(output => (long)output.Length)) * sizeof(float));
        return (int)Math.Min(rows * batches, Math.Max(1, fit));
    }

    private void Grow()
    {
        int rows = (int)Math.Min(_fullBlock, Math.Max(_session.RowsOfARun, 2L * _ids.Length));
        if (rows == _ids.Length)
        {
            return;
        }

        ReturnValues();
        _inputValues = [.. _inputs.Select(input => ArrayPool<float>.Shared.Rent(checked(rows * input.Length)))];
        _outputValues = [.. _outputs.Select(output => ArrayPool<float>.Shared.Rent(checked(rows * output.Length)))];
        Array.ForEach(_kept, kept => kept?.Grow(rows));
        _ids = new DataViewRowId[rows];
        _batches = new long[rows];
    }

    private void ReturnValues()
    {
        float[][] rented = [.. _inputValues, .. _outputValues];
        _inputValues = [];
        _outputValues = [];
        Array.ForEach(rented, values => ArrayPool<float>.Shared.Return(values));
    }

    private void ReadBlock()
    {
        _count = 0;
        Grow();
        while (_count < _ids.Length && _source.MoveNext())
        {
            _reader.Read(_inputValues, _count);
            foreach (ColumnBuffer? kept in _kept)
            {
                kept?.Keep(_count);
            }

            _idGetter(ref _ids[_count]);
            _batches[_count] = _source.Batch;
            _count++;
        }

        _parallel.CancellationToken.ThrowIfCancellationRequested();

        if (_count == 0)
        {
            return;
        }

        // A block is scored as a whole, whoever disposes the network meanwhile; the next one is refused.
        using OnnxSession.Use use = _session.Enter();

        // A block that is not full is shared out evenly, so that a few large images keep every processor busy too.
        int slices = Math.Min(_count, Math.Min(_parallel.MaxDegreeOfParallelism, Environment.ProcessorCount));
        int size = Math.Min(_batchSize, _session.RoundUp((_count + slices - 1) / slices));
        if (size >= _count)
        {
            Score(use, 0, _count);
        }
        else
        {
            var failures = new Exception?[(_count + size - 1) / size];
            Parallel.For(0, failures.Length, _parallel, slice =>
            {
                try
                {
                    Score(use, slice * size, Math.Min(size, _count - (slice * size)));
                }
                catch (Exception exception)
                {
                    failures[slice] = exception;
                }
            });

            // Of several that failed at once, the first in the order of the rows is the same in every run.
            if (failures.FirstOrDefault(failure => failure is not null) is { } first)
            {
                ExceptionDispatchInfo.Throw(first);
            }
        }
    }

    /// <summary>Reads the files that some rows name, where they name any, and scores the rows: while some batches are scored, others are read.</summary>
    private void Score(OnnxSession.Use use, int first, int count)
    {
        for (int slot = first; slot < first + count; slot++)
        {
            _parallel.CancellationToken.ThrowIfCancellationRequested();
            _reader.Load(_inputValues, slot);
        }

        use.Run(_inputValues, _outputValues, first, count);
    }
}
