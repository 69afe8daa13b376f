using Microsoft.ML;

namespace Siamese.Pipelines.Faces;

/// <summary>A view with the columns of a face step added; nothing is done until a cursor asks for one of them.</summary>
internal sealed class FaceView(FaceTransformer transformer, IDataView source) : IDataView
{
    public DataViewSchema Schema { get; } = transformer.GetOutputSchema(source.Schema);

    public bool CanShuffle => source.CanShuffle;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        (bool[] active, DataViewSchema.Column[] needed) = transformer.Resolve(columnsNeeded, source.Schema, Schema);
        return transformer.Wrap(source.GetRowCursor(needed, rand), Schema, active, cursors: 1);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        (bool[] active, DataViewSchema.Column[] needed) = transformer.Resolve(columnsNeeded, source.Schema, Schema);
        DataViewRowCursor[] cursors = source.GetRowCursorSet(needed, n, rand);
        return [.. cursors.Select(cursor => transformer.Wrap(cursor, Schema, active, cursors.Length))];
    }
}
