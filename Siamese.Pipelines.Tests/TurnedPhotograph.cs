using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests;

/// <summary>A JPEG as a camera that was held upright writes it: stored lying on its side, with an EXIF orientation that tells so.</summary>
internal static class TurnedPhotograph
{
    /// <summary>Writes a photograph of random blocks whose EXIF says that it is to be turned a quarter clockwise, and gives its path.</summary>
    public static string Write(TemporaryFolder folder, string name, int width, int height, int seed)
    {
        var random = new Random(seed);
        var pixels = new byte[width * height * 4];
        for (int i = 0; i < pixels.Length; i++)
        {
            // Below 200, so that no loss of JPEG makes the red of 255 that a drawn face begins with.
            pixels[i] = i % 4 == 3 ? byte.MaxValue : (byte)random.Next(200);
        }

        using MLImage image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        string path = folder.Write(name, []);
        image.Save(path);
        byte[] stored = File.ReadAllBytes(path);

        // APP1 after the start of the image: a TIFF header and one entry, tag 0x0112, one short: 6, the first row is at the right.
        byte[] exif =
        [
            .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
        ];
        return folder.Write(name, [.. stored[..2], 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. stored[2..]]);
    }

    /// <summary>Turns the stored pixels by hand, and gives them as an input of the upright photograph's size has them.</summary>
    public static float[] Upright(string path, ImageInput input)
    {
        using MLImage stored = ImageFile.Read(path, new ImageFileOptions { HonorOrientation = false });
        ReadOnlySpan<byte> pixels = stored.Pixels;
        int width = stored.Height;
        int height = stored.Width;
        var turned = new byte[pixels.Length];
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int from = (((stored.Height - 1 - x) * stored.Width) + y) * 4;
                pixels.Slice(from, 4).CopyTo(turned.AsSpan(((y * width) + x) * 4));
            }
        }

        using MLImage upright = MLImage.CreateFromPixels(width, height, stored.PixelFormat, turned);
        var values = new float[input.Length];
        ImagePixels.Read(upright, input, values);
        return values;
    }
}
