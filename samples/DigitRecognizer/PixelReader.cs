using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The images of a view as the network sees them, and as a reader does.</summary>
internal static class PixelReader
{
    /// <summary>Reads the files of the column Path or, where there is none, the column Image: pixels of [0, 255], plane after plane.</summary>
    public static float[][] Read(EmbeddingModel model, IDataView rows)
    {
        return rows.Schema.GetColumnOrNull("Path") is null
            ? [.. rows.GetColumn<VBuffer<float>>("Image").Select(vector => (float[])[.. vector.DenseValues()])]
            : [.. rows.GetColumn<string>("Path").AsParallel().AsOrdered().Select(path => Read(path, model.Input))];
    }

    private static float[] Read(string path, ImageInput input)
    {
        using MLImage image = ImageFile.Read(path);
        var values = new float[input.Length];
        ImagePixels.Read(image, input, values);
        return values;
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
