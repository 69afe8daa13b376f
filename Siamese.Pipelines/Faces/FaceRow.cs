using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Does the work on the one row that it looks at, as a prediction engine wants it.</summary>
internal sealed class FaceRow : DataViewRow
{
    private readonly DataViewRow _source;
    private readonly bool[] _active;
    private readonly Func<Func<object?[]>>? _read;
    private object?[] _values = [];
    private long _position = -1;

    public FaceRow(DataViewRow source, DataViewSchema schema, bool[] active, FaceStep step)
    {
        _source = source;
        Schema = schema;
        _active = active;
        _read = active.AsSpan(source.Schema.Count).Contains(true) ? step.Prepare(source) : null;
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int output = column.Index - _source.Schema.Count;
        return output < 0
            ? _source.GetGetter<TValue>(_source.Schema[column.Index])
            : FaceValues.Getter<TValue>(column, () => Values()[output]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private object?[] Values()
    {
        // Several columns of one row ask in turn; the row's position tells whether it is still the same.
        if (_position < 0 || _position != _source.Position)
        {
            _values = _read!()();
            _position = _source.Position;
        }

        return _values;
    }
}
