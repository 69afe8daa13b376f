using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;

namespace Siamese.Pipelines.Retrieval;

/// <summary>One row for each class: a label of that class, with all that the label's column says of its keys, and the class's one-hot vector.</summary>
internal sealed class OneHotRows : IDataView
{
    private readonly IDataView _rows;
    private readonly string _vectorColumn;
    private readonly string _labelColumn;

    public OneHotRows(MLContext ml, string vectorColumn, int classCount, DataViewSchema.Column label)
    {
        _vectorColumn = vectorColumn;
        _labelColumn = label.Name;

        // Rows in memory count keys from 0, and ML.NET adds the 1.
        Row[] rows = [.. Enumerable.Range(0, classCount).Select(index => new Row { Key = (uint)index, Vector = OneHot(classCount, index) })];
        var schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Vector)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, classCount);
        schema[nameof(Row.Key)].ColumnType = label.Type;
        _rows = ml.Data.LoadFromEnumerable(rows, schema);
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(vectorColumn, _rows.Schema[nameof(Row.Vector)].Type);
        builder.AddColumn(_labelColumn, label.Type, label.Annotations);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    /// <summary>
    /// A graph's outputs are vectors, and ML.NET has one public part that makes a scalar key of a vector: a multiclass trainer. Fitted on
    /// the one-hot vectors of the classes it can but name the class whose component is 1, and for NaN the missing key.
    /// </summary>
    public static SdcaNonCalibratedMulticlassTrainer LabelReader(MLContext ml, string vectorColumn, string labelColumn) =>
        ml.MulticlassClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedMulticlassTrainer.Options
        {
            LabelColumnName = labelColumn,
            FeatureColumnName = vectorColumn,
            NumberOfThreads = 1,
            Shuffle = false,
            L1Regularization = 0,
            L2Regularization = 0.1f,
        });

    public bool CanShuffle => false;

    public long? GetRowCount() => _rows.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, _rows.GetRowCursor(columnsNeeded.Select(Source)));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static float[] OneHot(int count, int index)
    {
        var vector = new float[count];
        vector[index] = 1;
        return vector;
    }

    private DataViewSchema.Column Source(DataViewSchema.Column column) =>
        _rows.Schema[column.Name == _vectorColumn && column.Index == 0 ? nameof(Row.Vector) : nameof(Row.Key)];

    /// <summary>Renames the columns, and gives the label's the annotations that rows in memory cannot have.</summary>
    private sealed class Cursor(OneHotRows view, DataViewRowCursor source) : DataViewRowCursor
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

    private sealed class Row
    {
        public uint Key { get; set; }

        public float[] Vector { get; set; } = [];
    }
}
