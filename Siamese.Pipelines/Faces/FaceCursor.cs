using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Reads some rows ahead, lets several threads work on their pictures, and hands the rows out in order.</summary>
internal sealed class FaceCursor : DataViewRowCursor
{
    // More pictures at once than any machine has processors would only take memory.
    private const int MostAtOnce = 512;

    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly Func<Func<object?[]>> _read;
    private readonly ColumnBuffer?[] _kept;
    private readonly Task<object?[]>?[] _work;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly CancellationTokenSource _cancellation;
    private readonly TaskFactory<object?[]> _tasks;
    private object?[] _values = [];
    private int _window = 1;
    private long _started;
    private long _position = -1;

    public FaceCursor(DataViewRowCursor source, DataViewSchema schema, bool[] active, FaceStep step, int parallel)
    {
        // A row that takes long must not keep the others waiting: one more is ready for each that is worked on.
        int capacity = 2 * Math.Min(parallel, MostAtOnce);
        _source = source;
        Schema = schema;
        _active = active;
        _read = step.Prepare(source);
        _kept = [.. source.Schema.Select(column => active[column.Index] ? ColumnBuffer.Create(source, column) : null)];
        Array.ForEach(_kept, kept => kept?.Grow(capacity));
        _work = new Task<object?[]>?[capacity];
        _idGetter = source.GetIdGetter();
        _ids = new DataViewRowId[capacity];
        _batches = new long[capacity];
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(step.Options.Scoring.CancellationToken);
        _tasks = new TaskFactory<object?[]>(
            _cancellation.Token,
            TaskCreationOptions.DenyChildAttach,
            TaskContinuationOptions.None,
            new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, parallel).ConcurrentScheduler);
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _position;

    public override long Batch => _position < 0 ? 0 : _batches[Slot];

    private int Slot => (int)(_position % _work.Length);

    public override bool MoveNext()
    {
        if (_position == -1 && _started > 0)
        {
            return false;
        }

        _position++;
        while (_started - _position < _window && _source.MoveNext())
        {
            Start((int)(_started++ % _work.Length));
        }

        // Whoever reads one row does not wait for the work on others.
        _window = Math.Min(2 * _window, _work.Length);

        if (_position == _started)
        {
            _position = -1;
            return false;
        }

        _cancellation.Token.ThrowIfCancellationRequested();
        _values = _work[Slot]!.GetAwaiter().GetResult();
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[Slot];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (!_active[column.Index])
        {
            throw ColumnErrors.Inactive(column);
        }

        int output = column.Index - _kept.Length;
        return output >= 0
            ? FaceValues.Getter<TValue>(column, () => _values[output])
            : _kept[column.Index]!.Getter(() => Slot) as ValueGetter<TValue> ?? throw ColumnErrors.WrongType<TValue>(column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            // What is worked on uses networks that the caller may dispose next.
            _cancellation.Cancel();
            Task.WhenAny(Task.WhenAll(_work.OfType<Task>())).Wait();
            Array.ForEach(_kept, kept => kept?.Release());
            _source.Dispose();
            _cancellation.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Start(int slot)
    {
        Func<object?[]> work = _read();
        foreach (ColumnBuffer? kept in _kept)
        {
            kept?.Keep(slot);
        }

        _idGetter(ref _ids[slot]);
        _batches[slot] = _source.Batch;
        _work[slot] = _tasks.StartNew(work);
    }
}
