using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>Serves a reader that wants none of the scored columns: the source as it is, under the wider schema.</summary>
internal sealed class SelectedColumnsCursor(DataViewRowCursor source, DataViewSchema schema, bool[] active) : DataViewRowCursor
{
    public override DataViewSchema Schema => schema;

    public override long Position => source.Position;

    public override long Batch => source.Batch;

    public override bool MoveNext() => source.MoveNext();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        column.Index < source.Schema.Count && active[column.Index]
            ? source.GetGetter<TValue>(source.Schema[column.Index])
            : throw ColumnErrors.Inactive(column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
