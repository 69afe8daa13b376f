using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Rows in memory, one of whose columns has the annotations of another column: what its keys stand for.</summary>
internal sealed class AnnotatedRows : IDataView
{
    private readonly IDataView _rows;

    public AnnotatedRows(IDataView rows, string columnName, DataViewSchema.Annotations annotations)
    {
        _rows = rows;
        var builder = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in rows.Schema)
        {
            builder.AddColumn(column.Name, column.Type, column.Name == columnName ? annotations : column.Annotations);
        }

        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, _rows.GetRowCursor(columnsNeeded.Select(Source)));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private DataViewSchema.Column Source(DataViewSchema.Column column) => _rows.Schema[column.Index];

    private sealed class Cursor(AnnotatedRows view, DataViewRowCursor source) : DataViewRowCursor
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => source.Position;

        public override long Batch => source.Batch;

        public override bool MoveNext() => source.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => source.IsColumnActive(view.Source(column));

        public override ValueGetter<DataViewRowId> GetIdGetter() => source.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => source.GetGetter<TValue>(view.Source(column));

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
