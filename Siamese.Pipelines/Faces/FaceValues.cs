using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Hands out what a face step made of a row.</summary>
internal static class FaceValues
{
    /// <summary>Makes a getter of one output.</summary>
    /// <param name="column">The output's column.</param>
    /// <param name="value">Gives the value for the current row: a <see cref="float"/> array, or a <see cref="FacePicture"/> or null.</param>
    public static ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column, Func<object?> value)
    {
        Delegate getter = column.Type is VectorDataViewType
            ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> vector) => VectorColumns.Set(ref vector, (float[])value()!))
            : (ValueGetter<MLImage>)((ref MLImage image) =>
            {
                // Whoever reads an image owns it, and hands it back to be replaced by the next.
                image?.Dispose();
                image = ((FacePicture?)value())?.ToImage()!;
            });
        return getter as ValueGetter<TValue> ?? throw ColumnErrors.WrongType<TValue>(column);
    }
}
