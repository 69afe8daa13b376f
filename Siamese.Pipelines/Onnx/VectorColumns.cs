using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Siamese.Pipelines.Onnx;

/// <summary>What the parts of a transformer that makes vectors share.</summary>
internal static class VectorColumns
{
    /// <summary>What to do where the input column is missing.</summary>
    public const string Remedy = "Name the column to read with inputColumnName.";

    /// <summary>Promises vector columns of <see cref="float"/> made of a column of images, paths or vectors.</summary>
    public static SchemaShape Append(MLContext ml, SchemaShape schema, string inputColumn, IEnumerable<string> outputColumns)
    {
        SchemaShape.Column[] found = [.. schema.Where(column => column.Name == inputColumn)];
        if (found.Length == 0)
        {
            throw ColumnErrors.NotFound(inputColumn, schema.Select(column => column.Name), Remedy, nameof(schema));
        }

        if (found[0].ItemType is TextDataViewType && found[0].Kind == SchemaShape.Column.VectorKind.Scalar)
        {
            return SchemaShapes.Append(ml, schema, [.. outputColumns.Select(output => (output, (DataViewType)new VectorDataViewType(NumberDataViewType.Single, 1)))]);
        }

        // ML.NET keeps the constructor of SchemaShape.Column to itself, but these two promise the very columns that are wanted.
        return outputColumns.Aggregate(schema, (shape, output) => found[0].ItemType is ImageDataViewType
            ? ml.Transforms.ExtractPixels(output, inputColumn).GetOutputSchema(shape)
            : ml.Transforms.Concatenate(output, inputColumn).GetOutputSchema(shape));
    }

    public static void Set(ref VBuffer<float> vector, ReadOnlySpan<float> values)
    {
        VBufferEditor<float> editor = VBufferEditor.Create(ref vector, values.Length);
        values.CopyTo(editor.Values);
        vector = editor.Commit();
    }
}
