using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using SkiaSharp;

namespace Siamese.Samples.GalleryServer;

/// <summary>Makes the small picture of an enrolled face.</summary>
internal static class FaceThumbnail
{
    public const string MediaType = "image/jpeg";

    private const int Side = 160;
    private const int Quality = 85;
    private const int BytesOfPixel = 4;

    // A little of hair and chin around the detector's box.
    private const float Margin = 1.3f;

    public static byte[] Of(MLImage image, FaceBox box)
    {
        int side = Math.Clamp((int)(Margin * Math.Max(box.Width, box.Height)), 1, Math.Min(image.Width, image.Height));
        int left = Math.Clamp((int)(box.X + ((box.Width - side) / 2)), 0, image.Width - side);
        int top = Math.Clamp((int)(box.Y + ((box.Height - side) / 2)), 0, image.Height - side);
        ReadOnlySpan<byte> source = image.Pixels;
        var cut = new byte[BytesOfPixel * side * side];
        for (int y = 0; y < side; y++)
        {
            source.Slice(BytesOfPixel * (((top + y) * image.Width) + left), BytesOfPixel * side).CopyTo(cut.AsSpan(BytesOfPixel * y * side));
        }

        using MLImage square = MLImage.CreateFromPixels(side, side, image.PixelFormat, cut);
        var planes = new byte[3 * Side * Side];
        ImagePixels.Read(square, new ImageInput(Side, Side), planes);
        return Encode(planes);
    }

    private static byte[] Encode(byte[] planes)
    {
        const int Plane = Side * Side;
        var pixels = new byte[BytesOfPixel * Plane];
        for (int i = 0; i < Plane; i++)
        {
            pixels[BytesOfPixel * i] = planes[i];
            pixels[(BytesOfPixel * i) + 1] = planes[Plane + i];
            pixels[(BytesOfPixel * i) + 2] = planes[(2 * Plane) + i];
            pixels[(BytesOfPixel * i) + 3] = byte.MaxValue;
        }

        using SKImage image = SKImage.FromPixelCopy(new SKImageInfo(Side, Side, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
        using SKData file = image.Encode(SKEncodedImageFormat.Jpeg, Quality);
        return file.ToArray();
    }
}
