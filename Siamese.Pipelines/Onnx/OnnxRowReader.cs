using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Onnx;

/// <summary>Reads what a graph needs of the row that a cursor is at.</summary>
internal sealed class OnnxRowReader
{
    private readonly DataViewRow _row;
    private readonly Action<float[], int>[] _readers;

    /// <summary>Prepares to read the input columns of a step, which must be active in the row.</summary>
    /// <param name="row">The row or cursor.</param>
    /// <param name="inputs">The graph's inputs.</param>
    /// <param name="resized">Is called when an image had another size than the network's.</param>
    public OnnxRowReader(DataViewRow row, OnnxColumn[] inputs, Action resized)
    {
        _row = row;
        _readers = [.. inputs.Select(input => input.Image is { } image ? ImageReader(input, image, resized) : VectorReader(input))];
    }

    /// <summary>Reads the current row into one row of the buffers, one buffer an input.</summary>
    public void Read(float[][] buffers, int slot)
    {
        for (int i = 0; i < _readers.Length; i++)
        {
            _readers[i](buffers[i], slot);
        }
    }

    private Action<float[], int> VectorReader(OnnxColumn input)
    {
        var getter = _row.GetGetter<VBuffer<float>>(_row.Schema[input.Name]);
        VBuffer<float> vector = default;
        return (buffer, slot) =>
        {
            getter(ref vector);
            Span<float> values = buffer.AsSpan(slot * input.Length, input.Length);
            if (vector.Length != values.Length)
            {
                throw new InvalidOperationException(
                    $"Column '{input.Name}' has a vector of {vector.Length} values in row {_row.Position}, but the network takes {values.Length}.");
            }

            vector.CopyTo(values);

            // A network's ReLU would turn NaN into a plausible embedding.
            if (!TensorPrimitives.IsFiniteAll<float>(values))
            {
                throw new InvalidOperationException(
                    $"Column '{input.Name}' has a value that is not finite in row {_row.Position}. "
                    + "Filter such rows out, or replace the values with ml.Transforms.ReplaceMissingValues.");
            }
        };
    }

    private Action<float[], int> ImageReader(OnnxColumn input, ImageInput expected, Action resized)
    {
        var getter = _row.GetGetter<MLImage>(_row.Schema[input.Name]);

        // LoadImages disposes what it finds here before it loads the next; an image that came from memory stays its owner's.
        MLImage? image = null;
        return (buffer, slot) =>
        {
            getter(ref image!);
            if (image is null)
            {
                throw new InvalidOperationException(
                    $"Column '{input.Name}' has no image in row {_row.Position}. Filter such rows out before they are scored.");
            }

            if (ImagePixels.Read(image, expected, buffer.AsSpan(slot * input.Length, input.Length)))
            {
                resized();
            }
        };
    }
}
