using System.Buffers;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Faces;

/// <summary>The pixels of a picture as planes, red, green, blue, which detection and alignment read in common.</summary>
public sealed class FacePicture
{
    private readonly byte[] _planes;

    private FacePicture(int width, int height, byte[] planes)
    {
        Width = width;
        Height = height;
        _planes = planes;
    }

    /// <summary>Gets the pixels across.</summary>
    public int Width { get; }

    /// <summary>Gets the pixels down.</summary>
    public int Height { get; }

    /// <summary>Gets (3, height, width) bytes: the red plane, the green plane, the blue plane.</summary>
    public ReadOnlySpan<byte> Planes => _planes;

    /// <summary>Gets the longer of width and height.</summary>
    internal int LongerSide => Math.Max(Width, Height);

    /// <summary>Reads the pixels of an image; transparency is dropped.</summary>
    /// <param name="image">The image, which may be disposed afterwards.</param>
    /// <returns>The pixels.</returns>
    public static FacePicture Read(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var input = new ImageInput(image.Width, image.Height);
        var planes = new byte[input.Length];
        ImagePixels.Read(image, input, planes);
        return new FacePicture(image.Width, image.Height, planes);
    }

    /// <summary>Makes a picture of pixels.</summary>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="planes">(3, height, width) bytes, red, green, blue; they are kept, not copied.</param>
    internal static FacePicture Of(int width, int height, byte[] planes) => new(width, height, planes);

    /// <summary>Puts the picture, resized, into a square or rectangle of planes that is black elsewhere.</summary>
    /// <param name="width">Pixels across to resize the picture to.</param>
    /// <param name="height">Pixels down to resize the picture to.</param>
    /// <param name="left">Where its left edge comes to stand.</param>
    /// <param name="top">Where its upper edge comes to stand.</param>
    /// <param name="canvas">(3, canvasHeight, canvasWidth) values of [0, 255]; all are written.</param>
    /// <param name="canvasWidth">Pixels across in the canvas.</param>
    /// <param name="canvasHeight">Pixels down in the canvas.</param>
    /// <param name="blueFirst">Whether the canvas's planes are blue, green, red.</param>
    internal void Place(int width, int height, int left, int top, Span<float> canvas, int canvasWidth, int canvasHeight, bool blueFirst = false)
    {
        int plane = width * height;
        byte[] rented = ArrayPool<byte>.Shared.Rent(3 * plane);
        try
        {
            Span<byte> resized = rented.AsSpan(0, 3 * plane);
            BilinearResize.Resize(_planes, Width, Height, resized, width, height, 3);
            canvas.Clear();
            for (int channel = 0; channel < 3; channel++)
            {
                ReadOnlySpan<byte> source = resized.Slice((blueFirst ? 2 - channel : channel) * plane, plane);
                Span<float> target = canvas.Slice(channel * canvasWidth * canvasHeight, canvasWidth * canvasHeight);
                for (int y = 0; y < height; y++)
                {
                    ReadOnlySpan<byte> row = source.Slice(y * width, width);
                    Span<float> placed = target.Slice(((top + y) * canvasWidth) + left, width);
                    for (int x = 0; x < row.Length; x++)
                    {
                        placed[x] = row[x];
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Cuts a part out and sets it in the middle of a black square of its longer side.</summary>
    internal FacePicture CutSquare(int left, int top, int width, int height)
    {
        int side = Math.Max(width, height);
        int paddingLeft = (side - width) / 2;
        int paddingTop = (side - height) / 2;
        var planes = new byte[3 * side * side];
        for (int channel = 0; channel < 3; channel++)
        {
            for (int y = 0; y < height; y++)
            {
                _planes.AsSpan((channel * Width * Height) + ((top + y) * Width) + left, width)
                    .CopyTo(planes.AsSpan((channel * side * side) + ((paddingTop + y) * side) + paddingLeft));
            }
        }

        return new FacePicture(side, side, planes);
    }

    /// <summary>Returns the picture turned clockwise.</summary>
    /// <param name="quarters">Quarter turns: 1, 2 or 3.</param>
    internal FacePicture Turn(int quarters)
    {
        (int width, int height) = quarters == 2 ? (Width, Height) : (Height, Width);
        int plane = Width * Height;

        // Where the turned picture's first pixel stands in this one, and how far it is from there to the next one across and down.
        (int first, int across, int down) = quarters switch
        {
            1 => (plane - Width, -Width, 1),
            2 => (plane - 1, -1, -Width),
            _ => (Width - 1, Width, -1),
        };
        var planes = new byte[3 * plane];
        for (int channel = 0; channel < 3; channel++)
        {
            ReadOnlySpan<byte> source = _planes.AsSpan(channel * plane, plane);
            Span<byte> target = planes.AsSpan(channel * plane, plane);
            for (int y = 0; y < height; y++)
            {
                int from = first + (y * down);
                foreach (ref byte value in target.Slice(y * width, width))
                {
                    value = source[from];
                    from += across;
                }
            }
        }

        return new FacePicture(width, height, planes);
    }

    /// <summary>Gives the picture in another size.</summary>
    internal FacePicture Resize(int width, int height)
    {
        var planes = new byte[3 * width * height];
        BilinearResize.Resize(_planes, Width, Height, planes, width, height, 3);
        return new FacePicture(width, height, planes);
    }

    /// <summary>Gives the pixels as an opaque image of ML.NET.</summary>
    internal MLImage ToImage()
    {
        int plane = Width * Height;
        var pixels = new byte[4 * plane];
        for (int i = 0; i < plane; i++)
        {
            pixels[4 * i] = _planes[i];
            pixels[(4 * i) + 1] = _planes[plane + i];
            pixels[(4 * i) + 2] = _planes[(2 * plane) + i];
            pixels[(4 * i) + 3] = byte.MaxValue;
        }

        return MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, pixels);
    }
}
