namespace Siamese.Samples.Shared;

/// <summary>A small image.</summary>
public sealed class Thumbnail
{
    private Thumbnail(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        long expected = (long)width * height * channels;
        if (pixels.Length != expected)
        {
            string kind = channels == 1 ? "grey" : "colour";
            throw new ArgumentException(
                $"There are {pixels.Length} bytes, but {width} x {height} {kind} pixels take {expected}.", nameof(pixels));
        }

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Gets W, in pixels.</summary>
    public int Width { get; }

    /// <summary>Gets H, in pixels.</summary>
    public int Height { get; }

    /// <summary>Gets 1 for grey or 3 for red, green, blue.</summary>
    public int Channels { get; }

    /// <summary>Gets the (H, W, C) bytes.</summary>
    public byte[] Pixels { get; }

    /// <summary>Makes a grey image.</summary>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="pixels">(H, W) bytes in [0, 255], 0 black. Not copied.</param>
    /// <exception cref="ArgumentException">The pixels are not as many.</exception>
    public static Thumbnail Gray(int width, int height, byte[] pixels) => new(width, height, 1, pixels);

    /// <summary>Makes a grey image of pixels in [0, 1], as networks get them.</summary>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="pixels">(H, W) float32, 0 black and 1 white; what lies beyond is taken for the nearer of the two.</param>
    /// <exception cref="ArgumentException">The pixels are not as many.</exception>
    public static Thumbnail Gray(int width, int height, ReadOnlySpan<float> pixels)
    {
        var bytes = new byte[pixels.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Round(255 * Math.Clamp(pixels[i], 0, 1));
        }

        return new Thumbnail(width, height, 1, bytes);
    }

    /// <summary>Makes a colour image.</summary>
    /// <param name="width">W.</param>
    /// <param name="height">H.</param>
    /// <param name="pixels">(H, W, 3) bytes, red, green, blue. Not copied.</param>
    /// <exception cref="ArgumentException">The pixels are not as many.</exception>
    public static Thumbnail Rgb(int width, int height, byte[] pixels) => new(width, height, 3, pixels);
}
