using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Onnx;

/// <summary>Reads what a graph needs of rows: at once, on the cursor's thread, or from the files that rows name, later and on any thread.</summary>
internal sealed class OnnxRowReader
{
    private readonly DataViewRow _row;
    private readonly Action<float[], int>[] _readers;
    private readonly Action<float[], int>?[] _loaders;

    /// <summary>Prepares to read the input columns of a step, which must be active in the row.</summary>
    /// <param name="row">The row or cursor.</param>
    /// <param name="inputs">The graph's inputs.</param>
    /// <param name="resized">Is called when an image had another size than the network's, on any thread.</param>
    public OnnxRowReader(DataViewRow row, OnnxColumn[] inputs, Action resized)
    {
        _row = row;
        _readers = new Action<float[], int>[inputs.Length];
        _loaders = new Action<float[], int>?[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            OnnxColumn input = inputs[i];
            if (input.Paths is { } paths)
            {
                (_readers[i], _loaders[i]) = PathReader(input, paths, resized);
            }
            else
            {
                _readers[i] = input.Image is { } image ? ImageReader(input, image, resized) : VectorReader(input);
            }
        }
    }

    /// <summary>Reads the current row into one row of the buffers, one buffer an input. What stands in files is left to <see cref="Load"/>.</summary>
    public void Read(float[][] buffers, int slot)
    {
        for (int i = 0; i < _readers.Length; i++)
        {
            _readers[i](buffers[i], slot);
        }
    }

    /// <summary>Reads the files that a row named into its row of the buffers, on any thread.</summary>
    public void Load(float[][] buffers, int slot)
    {
        for (int i = 0; i < _loaders.Length; i++)
        {
            _loaders[i]?.Invoke(buffers[i], slot);
        }
    }

    private (Action<float[], int> Read, Action<float[], int> Load) PathReader(OnnxColumn input, ImagePaths paths, Action resized)
    {
        var getter = _row.GetGetter<ReadOnlyMemory<char>>(_row.Schema[input.Name]);
        string[] files = [];
        long[] positions = [];
        ReadOnlyMemory<char> text = default;
        return (Keep, Decode);

        void Keep(float[] buffer, int slot)
        {
            getter(ref text);
            if (slot >= files.Length)
            {
                Array.Resize(ref files, 2 * (slot + 1));
                Array.Resize(ref positions, 2 * (slot + 1));
            }

            files[slot] = text.ToString();
            positions[slot] = _row.Position;
        }

        void Decode(float[] buffer, int slot)
        {
            using MLImage image = paths.Read(files[slot], input.Name, positions[slot]);
            if (ImagePixels.Read(image, input.Image!, buffer.AsSpan(slot * input.Length, input.Length)))
            {
                resized();
            }
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
