using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Training.Runs;

/// <summary>Some rows of a view, chosen by their positions.</summary>
/// <param name="source">The view.</param>
/// <param name="positions">The rows to keep, ascending.</param>
/// <param name="count">How many rows the view must have.</param>
internal sealed class SelectedRows(IDataView source, int[] positions, int count) : IDataView
{
    public DataViewSchema Schema => source.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => positions.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded), positions, count);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(DataViewRowCursor rows, int[] positions, int count) : DataViewRowCursor
    {
        private int _next;
        private int _position = -1;

        public override DataViewSchema Schema => rows.Schema;

        public override long Position => _position;

        public override long Batch => rows.Batch;

        public override bool MoveNext()
        {
            while (rows.MoveNext())
            {
                if (rows.Position >= count)
                {
                    throw OtherRows();
                }

                if (_next < positions.Length && rows.Position == positions[_next])
                {
                    _next++;
                    _position++;
                    return true;
                }
            }

            _position = -1;
            return _next == positions.Length ? false : throw OtherRows();
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => rows.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                rows.Dispose();
            }

            base.Dispose(disposing);
        }

        private InvalidOperationException OtherRows() =>
            new($"The view has {(_next < positions.Length ? "fewer" : "more")} rows than the {count} that the network was fitted on. Give the very rows that it was fitted on.");
    }
}
