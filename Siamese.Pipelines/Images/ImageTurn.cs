using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Turns and mirrors a decoded image until it stands upright.</summary>
internal static class ImageTurn
{
    /// <summary>Gives the image upright.</summary>
    /// <param name="image">The image as stored; it is disposed where another one is given.</param>
    /// <param name="orientation">How it lies.</param>
    public static MLImage Upright(MLImage image, ImageOrientation orientation)
    {
        if (orientation == ImageOrientation.TopLeft)
        {
            return image;
        }

        using (image)
        {
            int width = image.Width;
            int height = image.Height;
            ReadOnlySpan<uint> stored = MemoryMarshal.Cast<byte, uint>(image.Pixels);
            int stride = stored.Length / height;
            int right = width - 1;
            int bottom = (height - 1) * stride;

            // Where the upright image's first pixel is stored, and how far it is from there to the next one across and down.
            (int first, int across, int down) = orientation switch
            {
                ImageOrientation.TopRight => (right, -1, stride),
                ImageOrientation.BottomRight => (bottom + right, -1, -stride),
                ImageOrientation.BottomLeft => (bottom, 1, -stride),
                ImageOrientation.LeftTop => (0, stride, 1),
                ImageOrientation.RightTop => (bottom, -stride, 1),
                ImageOrientation.RightBottom => (bottom + right, -stride, -1),
                _ => (right, stride, -1),
            };
            bool transposed = orientation >= ImageOrientation.LeftTop;
            (int uprightWidth, int uprightHeight) = transposed ? (height, width) : (width, height);
            var upright = new byte[4 * width * height];
            Span<uint> target = MemoryMarshal.Cast<byte, uint>(upright.AsSpan());
            for (int y = 0; y < uprightHeight; y++)
            {
                int from = first + (y * down);
                foreach (ref uint pixel in target.Slice(y * uprightWidth, uprightWidth))
                {
                    pixel = stored[from];
                    from += across;
                }
            }

            MLImage turned = MLImage.CreateFromPixels(uprightWidth, uprightHeight, image.PixelFormat, upright);
            turned.Tag = image.Tag;
            return turned;
        }
    }
}
