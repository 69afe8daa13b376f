using Microsoft.ML;

namespace Siamese.Pipelines.Onnx;

/// <summary>A view with columns added; nothing is done until a cursor asks for one of them.</summary>
internal sealed class AppendedColumnsView(IColumnAppender appender, IDataView source) : IDataView
{
    public DataViewSchema Schema { get; } = appender.GetOutputSchema(source.Schema);

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        (bool[] active, DataViewSchema.Column[] needed) = appender.Resolve(columnsNeeded, source.Schema, Schema);
        return Append(source.GetRowCursor(needed, rand), active, cursors: 1);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        (bool[] active, DataViewSchema.Column[] needed) = appender.Resolve(columnsNeeded, source.Schema, Schema);
        DataViewRowCursor[] cursors = source.GetRowCursorSet(needed, n, rand);
        return [.. cursors.Select(cursor => Append(cursor, active, cursors.Length))];
    }

    private DataViewRowCursor Append(DataViewRowCursor cursor, bool[] active, int cursors) =>
        active.AsSpan(source.Schema.Count).Contains(true)
            ? appender.Append(cursor, Schema, active, cursors)
            : new SelectedColumnsCursor(cursor, Schema, active);
}
