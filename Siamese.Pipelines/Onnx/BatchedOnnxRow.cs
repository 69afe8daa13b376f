using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>Scores the one row that it looks at, as a prediction engine wants it.</summary>
internal sealed class BatchedOnnxRow : DataViewRow
{
    private readonly DataViewRow _source;
    private readonly bool[] _active;
    private readonly OnnxSession _session;
    private readonly OnnxRowReader? _reader;
    private readonly float[][] _inputValues;
    private readonly float[][] _outputValues;
    private long _scoredPosition = -1;

    public BatchedOnnxRow(DataViewRow source, DataViewSchema schema, bool[] active, OnnxStep step, OnnxSession session, Action resized)
    {
        _source = source;
        Schema = schema;
        _active = active;
        _session = session;
        _reader = active.AsSpan(source.Schema.Count).Contains(true) ? new OnnxRowReader(source, step.Inputs, resized) : null;
        _inputValues = [.. step.Inputs.Select(input => new float[input.Length])];
        _outputValues = [.. step.Outputs.Select(output => new float[output.Length])];
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _source.Position;

    public override long Batch => _source.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        if (column.Index < _source.Schema.Count)
        {
            return _source.GetGetter<TValue>(_source.Schema[column.Index]);
        }

        float[] values = _outputValues[column.Index - _source.Schema.Count];
        ValueGetter<VBuffer<float>> getter = (ref VBuffer<float> vector) =>
        {
            Score();
            VectorColumns.Set(ref vector, values);
        };
        return getter as ValueGetter<TValue> ?? throw ColumnErrors.WrongType<TValue>(column);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Score()
    {
        // Several columns of one row ask in turn; the row's position tells whether it is still the same.
        if (_scoredPosition >= 0 && _scoredPosition == _source.Position)
        {
            return;
        }

        _reader!.Read(_inputValues, 0);
        _reader.Load(_inputValues, 0);
        _session.Run(_inputValues, _outputValues, 0, 1);
        _scoredPosition = _source.Position;
    }
}
