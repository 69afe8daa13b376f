using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The images of a view as the network sees them, and as a reader does.</summary>
internal static class PixelReader
{
    /// <summary>Reads the column Image: pixels of [0, 255], plane after plane.</summary>
    public static float[][] Read(EmbeddingModel model, IDataView rows)
    {
        if (rows.Schema["Image"].Type is VectorDataViewType)
        {
            return [.. rows.GetColumn<VBuffer<float>>("Image").Select(vector => (float[])[.. vector.DenseValues()])];
        }

        return [.. rows.GetColumn<MLImage>("Image").Select(image =>
        {
            using (image)
            {
                var values = new float[model.Input.Length];
                ImagePixels.Read(image, model.Input, values);
                return values;
            }
        })];
    }

    /// <summary>Makes a picture of the pixels.</summary>
    public static Thumbnail Thumbnail(float[] pixels, ImageInput input)
    {
        int plane = input.Width * input.Height;
        byte[] values = [.. pixels.Select(pixel => (byte)Math.Clamp(MathF.Round(pixel), 0, 255))];
        if (input.Channels == 1)
        {
            return Shared.Thumbnail.Gray(input.Width, input.Height, values);
        }

        int red = input.ColorOrder == ColorOrder.Rgb ? 0 : 2;
        return Shared.Thumbnail.Rgb(
            input.Width,
            input.Height,
            [.. Enumerable.Range(0, plane).SelectMany(i => new[] { values[(red * plane) + i], values[plane + i], values[((2 - red) * plane) + i] })]);
    }
}
