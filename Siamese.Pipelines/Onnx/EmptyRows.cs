using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Siamese.Pipelines.Onnx;

/// <summary>A view with no rows whose columns have the types that a stock transformer is fitted on.</summary>
internal static class EmptyRows
{
    public static IDataView Create(MLContext ml, IReadOnlyList<OnnxColumn> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (OnnxColumn column in columns)
        {
            DataViewType type = column.Paths is not null ? TextDataViewType.Instance
                : column.Image is not null ? new ImageDataViewType()
                : new VectorDataViewType(NumberDataViewType.Single, column.Length);
            builder.AddColumn(column.Name, type);
        }

        return Create(ml, builder.ToSchema());
    }

    public static IDataView Create(MLContext ml, DataViewSchema schema) => new View(ml, schema);

    private sealed class View(MLContext ml, DataViewSchema schema) : IDataView
    {
        // A cursor over nothing is left to ML.NET.
        private readonly IDataView _nothing = ml.Data.LoadFromEnumerable(Array.Empty<Nothing>());

        public DataViewSchema Schema => schema;

        public bool CanShuffle => false;

        public long? GetRowCount() => 0;

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
            _nothing.GetRowCursor([]);

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
            [GetRowCursor(columnsNeeded, rand)];
    }

    private sealed class Nothing
    {
        public float Value { get; set; }
    }
}
