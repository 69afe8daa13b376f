using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Reads the pixels of an image as a network's input has them: its channels, its size, one plane a channel.</summary>
/// <remarks>
/// The arithmetic is that of Pillow's <c>Image.convert("RGB").resize(size, BILINEAR)</c>, followed by <c>convert("L")</c> for a grayscale
/// input, with the same bytes for opaque images. An image of another size is squeezed: its aspect is not kept.
/// <para>
/// Transparency is dropped, not blended with a background. <see cref="MLImage"/> takes its pixels to be premultiplied, which is to hold
/// channel × alpha / 255, and makes them so when it reads a file; the colour is found again by dividing. So the bytes of a translucent
/// pixel differ from Pillow's by as much as that rounding took, about 128 / alpha levels, and a pixel of alpha 0, whose colour a file may
/// hide, is black. Of an image that <see cref="MLImage.CreateFromPixels"/> made, a pixel of alpha 0 gives its channels as they are.
/// </para>
/// </remarks>
public static class ImagePixels
{
    /// <summary>Reads the pixels as bytes, before the input's mean and scale.</summary>
    /// <param name="image">The image, in either of ML.NET's pixel formats.</param>
    /// <param name="input">The size and the channels to read it with. Mean and scale are not applied.</param>
    /// <param name="destination">Takes (C, H, W) bytes, as many as <see cref="ImageInput.Length"/>, in [0, 255].</param>
    /// <returns>True if the image had to be resized, false if it was of the input's size.</returns>
    /// <exception cref="ArgumentNullException">The image or the input is null.</exception>
    /// <exception cref="ArgumentException">The destination has another length, or the pixel format is unknown.</exception>
    /// <exception cref="ObjectDisposedException">The image has been disposed.</exception>
    public static bool Read(MLImage image, ImageInput input, Span<byte> destination)
    {
        Check<byte>(image, input, destination);

        int width = image.Width;
        int height = image.Height;
        if (width == input.Width && height == input.Height)
        {
            Separate(image, input.ColorOrder, destination);
            return false;
        }

        int source = checked(3 * height * width);
        int target = checked(3 * input.Height * input.Width);
        byte[] rented = ArrayPool<byte>.Shared.Rent(source + target);
        try
        {
            Span<byte> planes = rented.AsSpan(0, source);
            if (input.ColorOrder == ColorOrder.Grayscale)
            {
                Span<byte> resized = rented.AsSpan(source, target);
                Separate(image, ColorOrder.Rgb, planes);
                BilinearResize.Resize(planes, width, height, resized, input.Width, input.Height, 3);
                Luma(resized, destination);
            }
            else
            {
                Separate(image, input.ColorOrder, planes);
                BilinearResize.Resize(planes, width, height, destination, input.Width, input.Height, 3);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return true;
    }

    /// <summary>Reads the pixels as whole numbers in float32, before the input's mean and scale.</summary>
    /// <param name="image">The image, in either of ML.NET's pixel formats.</param>
    /// <param name="input">The size and the channels to read it with. Mean and scale are not applied.</param>
    /// <param name="destination">Takes (C, H, W) float32, as many as <see cref="ImageInput.Length"/>, in [0, 255].</param>
    /// <inheritdoc cref="Read(MLImage, ImageInput, Span{byte})"/>
    public static bool Read(MLImage image, ImageInput input, Span<float> destination)
    {
        Check<float>(image, input, destination);

        byte[] rented = ArrayPool<byte>.Shared.Rent(input.Length);
        try
        {
            Span<byte> bytes = rented.AsSpan(0, input.Length);
            bool resized = Read(image, input, bytes);
            Widen(bytes, destination);
            return resized;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private static void Check<T>(MLImage image, ImageInput input, ReadOnlySpan<T> destination)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(input);
        if (destination.Length != input.Length)
        {
            throw new ArgumentException(
                $"The destination has {destination.Length} values, but an input of {input} takes {input.Length}.", nameof(destination));
        }

        if (Format(image) is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
        {
            throw new ArgumentException(
                $"The image's pixel format is {image.PixelFormat}, but must be Bgra32 or Rgba32.", nameof(image));
        }
    }

    private static MLPixelFormat Format(MLImage image)
    {
        try
        {
            return image.PixelFormat;
        }
        catch (InvalidOperationException exception)
        {
            // All that the property can object to; an MLImage has nothing to ask for it.
            throw new ObjectDisposedException("The image has been disposed. Read its pixels while its owner still holds it.", exception);
        }
    }

    private static void Separate(MLImage image, ColorOrder order, Span<byte> planes)
    {
        ReadOnlySpan<byte> pixels = image.Pixels;
        int width = image.Width;
        int height = image.Height;
        int stride = pixels.Length / height;
        int plane = width * height;
        int red = image.PixelFormat == MLPixelFormat.Rgba32 ? 0 : 2;
        int blue = 2 - red;
        for (int y = 0; y < height; y++)
        {
            ReadOnlySpan<byte> row = pixels.Slice(y * stride, width * 4);
            if (order == ColorOrder.Grayscale)
            {
                Luma(row, red, blue, planes.Slice(y * width, width));
            }
            else
            {
                int first = order == ColorOrder.Rgb ? red : blue;
                Channel(row, first, planes.Slice(y * width, width));
                Channel(row, 1, planes.Slice(plane + (y * width), width));
                Channel(row, 2 - first, planes.Slice((2 * plane) + (y * width), width));
            }
        }
    }

    private static void Channel(ReadOnlySpan<byte> row, int channel, Span<byte> destination)
    {
        for (int x = 0; x < destination.Length; x++)
        {
            ReadOnlySpan<byte> pixel = row.Slice(4 * x, 4);
            destination[x] = Straight(pixel[channel], pixel[3]);
        }
    }

    private static void Luma(ReadOnlySpan<byte> row, int red, int blue, Span<byte> destination)
    {
        for (int x = 0; x < destination.Length; x++)
        {
            ReadOnlySpan<byte> pixel = row.Slice(4 * x, 4);
            byte alpha = pixel[3];
            destination[x] = Luma(Straight(pixel[red], alpha), Straight(pixel[1], alpha), Straight(pixel[blue], alpha));
        }
    }

    private static void Luma(ReadOnlySpan<byte> planes, Span<byte> destination)
    {
        int plane = destination.Length;
        for (int i = 0; i < plane; i++)
        {
            destination[i] = Luma(planes[i], planes[plane + i], planes[(2 * plane) + i]);
        }
    }

    private static byte Luma(byte red, byte green, byte blue) => (byte)(((19595 * red) + (38470 * green) + (7471 * blue) + 32768) >> 16);

    private static byte Straight(byte channel, byte alpha) =>
        alpha is 255 or 0 ? channel : (byte)Math.Min(((channel * 255) + (alpha / 2)) / alpha, 255);

    private static void Widen(ReadOnlySpan<byte> bytes, Span<float> floats)
    {
        int i = 0;
        ref byte source = ref MemoryMarshal.GetReference(bytes);
        ref float target = ref MemoryMarshal.GetReference(floats);
        for (; i <= bytes.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)i), out Vector<ushort> low, out Vector<ushort> high);
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            Vector.ConvertToSingle(a.As<uint, int>()).StoreUnsafe(ref target, (nuint)i);
            Vector.ConvertToSingle(b.As<uint, int>()).StoreUnsafe(ref target, (nuint)(i + Vector<float>.Count));
            Vector.ConvertToSingle(c.As<uint, int>()).StoreUnsafe(ref target, (nuint)(i + (2 * Vector<float>.Count)));
            Vector.ConvertToSingle(d.As<uint, int>()).StoreUnsafe(ref target, (nuint)(i + (3 * Vector<float>.Count)));
        }

        for (; i < bytes.Length; i++)
        {
            floats[i] = bytes[i];
        }
    }
}
