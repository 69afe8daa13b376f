using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Rejection;

/// <summary>−1 and 1, as a vector and as what shall be read of it.</summary>
internal sealed class SignRow
{
    public float[] Vector { get; set; } = [];

    public float Value { get; set; }

    public bool IsPositive { get; set; }

    /// <summary>The two rows, with the vector's column named as the graph's output and of its type.</summary>
    public static IDataView View(MLContext ml, string vectorColumn)
    {
        var schema = SchemaDefinition.Create(typeof(SignRow));
        schema[nameof(Vector)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, 1);
        schema[nameof(Vector)].ColumnName = vectorColumn;
        return ml.Data.LoadFromEnumerable(
            new[]
            {
                new SignRow { Vector = [-1], Value = -1, IsPositive = false },
                new SignRow { Vector = [1], Value = 1, IsPositive = true },
            },
            schema);
    }
}
