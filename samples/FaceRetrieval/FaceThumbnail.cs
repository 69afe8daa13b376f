using Microsoft.ML.Data;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Makes the small pictures of the report.</summary>
internal static class FaceThumbnail
{
    private const int Side = 96;
    private const int BytesOfPixel = 4;

    /// <summary>Makes one of an aligned face.</summary>
    public static Thumbnail Of(MLImage chip)
    {
        var planes = new byte[3 * Side * Side];
        ImagePixels.Read(chip, new ImageInput(Side, Side), planes);
        var pixels = new byte[planes.Length];
        int plane = Side * Side;
        for (int i = 0; i < plane; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                pixels[(3 * i) + channel] = planes[(channel * plane) + i];
            }
        }

        return Thumbnail.Rgb(Side, Side, pixels);
    }

    /// <summary>Makes one of what a detector's box cuts out, as a square; black where it reaches over the edge.</summary>
    public static Thumbnail Of(MLImage image, FaceBox box)
    {
        int side = Math.Max(1, (int)Math.Max(box.Width, box.Height));
        int left = (int)(box.X + ((box.Width - side) / 2));
        int top = (int)(box.Y + ((box.Height - side) / 2));
        ReadOnlySpan<byte> source = image.Pixels;
        var cut = new byte[BytesOfPixel * side * side];
        for (int y = Math.Max(0, -top); y < side && top + y < image.Height; y++)
        {
            int first = Math.Max(0, -left);
            int count = Math.Min(side, image.Width - left) - first;
            if (count > 0)
            {
                source.Slice(BytesOfPixel * (((top + y) * image.Width) + left + first), BytesOfPixel * count)
                    .CopyTo(cut.AsSpan(BytesOfPixel * ((y * side) + first)));
            }
        }

        using MLImage square = MLImage.CreateFromPixels(side, side, image.PixelFormat, cut);
        return Of(square);
    }
}
