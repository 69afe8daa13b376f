using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>The pixels of a PNG, read by ML.NET, which has a SkiaSharp other than the one that drew it.</summary>
internal sealed class Pixels
{
    private readonly byte[] _bytes;
    private readonly int _red;

    private Pixels(MLImage image)
    {
        Width = image.Width;
        Height = image.Height;
        _bytes = image.Pixels.ToArray();
        _red = image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2;
    }

    public int Width { get; }

    public int Height { get; }

    public (int Red, int Green, int Blue) this[int x, int y]
    {
        get
        {
            int first = 4 * ((y * Width) + x);
            return (_bytes[first + _red], _bytes[first + 1], _bytes[first + 2 - _red]);
        }
    }

    public static Pixels Of(byte[] png)
    {
        Assert.That(
            png.AsSpan(0, 8).ToArray(),
            Is.EqualTo(new byte[] { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A }),
            "the signature of PNG");
        using var stream = new MemoryStream(png);
        using MLImage image = MLImage.CreateFromStream(stream);
        return new Pixels(image);
    }

    /// <summary>Finds the pixels within a few levels of a colour: drawn translucent, it comes out a little lighter.</summary>
    /// <param name="hex">As #rrggbb.</param>
    /// <param name="tolerance">The levels.</param>
    public IReadOnlyList<(int X, int Y)> Where(string hex, int tolerance = 4)
    {
        int red = Convert.ToInt32(hex[1..3], 16);
        int green = Convert.ToInt32(hex[3..5], 16);
        int blue = Convert.ToInt32(hex[5..7], 16);
        return
        [
            .. from y in Enumerable.Range(0, Height)
               from x in Enumerable.Range(0, Width)
               let pixel = this[x, y]
               where Math.Abs(pixel.Red - red) <= tolerance
                   && Math.Abs(pixel.Green - green) <= tolerance
                   && Math.Abs(pixel.Blue - blue) <= tolerance
               select (x, y),
        ];
    }
}
