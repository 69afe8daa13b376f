using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The pixels of image files as the digits of the training data have them.</summary>
internal static class DigitPixels
{
    public static float[] Read(string path, ImageInput input)
    {
        using MLImage image = ImageFile.Read(path);
        var pixels = new float[input.Length];
        ImagePixels.Read(image, input, pixels);

        // The digits that the network learned are light on dark; a border that is light tells of ink on paper.
        float border = Enumerable.Range(0, input.Width).Average(x => (pixels[x] + pixels[((input.Height - 1) * input.Width) + x]) / 2);
        return border > 127 ? [.. pixels.Select(pixel => 255 - pixel)] : pixels;
    }
}
