using System.Globalization;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Training.Datasets;

/// <summary>Shows images held in memory to ML.NET.</summary>
public static class LabeledImagesView
{
    /// <summary>Makes a data view of images and labels, in their order.</summary>
    /// <param name="images">The images; the view reads them and copies nothing, so do not change them while it is in use.</param>
    /// <param name="ml">The context.</param>
    /// <returns>
    /// <para>
    /// A view of two columns: <c>Image</c>, <c>Vector&lt;Single, 1, H, W&gt;</c> (channels, height, width), the pixels in [0, 255] as they
    /// are; and <c>Label</c>, the label's number as text, since only text has a value that means "missing": a chain that gives the missing
    /// key and ends in <c>MapKeyToValue</c> gives an empty text, where a number would read 0.
    /// </para>
    /// <para>
    /// Rows are made as a cursor asks for them, a cursor keeps one image at a time, and any number of cursors may be open at once, on
    /// any threads. The view does not shuffle by itself.
    /// </para>
    /// </returns>
    public static IDataView ToDataView(this LabeledImages images, MLContext ml)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(ml);
        var schema = SchemaDefinition.Create(typeof(Row), SchemaDefinition.Direction.Read);
        schema[nameof(Row.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 1, images.Height, images.Width);
        return ml.Data.LoadFromEnumerable(Rows(images), schema);
    }

    // Each cursor enumerates on its own, and so has a row of its own, which it moves along the images.
    private static IEnumerable<Row> Rows(LabeledImages images)
    {
        var row = new Row(images);
        for (int i = 0; i < images.Count; i++)
        {
            row.Index = i;
            yield return row;
        }
    }

    private sealed class Row(LabeledImages images)
    {
        private static readonly ReadOnlyMemory<char>[] Names =
            [.. Enumerable.Range(0, 256).Select(label => label.ToString(CultureInfo.InvariantCulture).AsMemory())];

        private readonly float[] _pixels = new float[images.Height * images.Width];

        [NoColumn]
        public int Index { get; set; }

        public ReadOnlyMemory<char> Label => Names[images.Labels[Index]];

        // Computed when asked for, so that a cursor over the labels alone converts no pixels.
        public VBuffer<float> Image
        {
            get
            {
                TensorPrimitives.ConvertTruncating(images.Image(Index), _pixels);
                return new VBuffer<float>(_pixels.Length, _pixels);
            }
        }
    }
}
