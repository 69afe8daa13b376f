using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Reads images from files, on disk or in memory, with errors that say which file and why.</summary>
public static class ImageFile
{
    /// <summary>Reads an image, upright.</summary>
    /// <param name="path">A PNG, JPEG, BMP, GIF or WebP file, whatever its name ends in.</param>
    /// <param name="options">Whether EXIF orientation is honoured, and the largest image that is read; null for the defaults.</param>
    /// <returns>The image, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file holds no image that can be decoded, ends before its image does, or holds one of more pixels than
    /// <see cref="ImageFileOptions.MaximumPixels"/>.
    /// </exception>
    /// <remarks>Size and orientation are read before anything is decoded, so that refusing a huge image takes no memory.</remarks>
    public static MLImage Read(string path, ImageFileOptions? options = null)
    {
        Guard.NotBlank(path, nameof(path));
        options ??= new ImageFileOptions();
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no image file '{path}'.", path);
        }

        ImageHeader header;
        using (FileStream stream = File.OpenRead(path))
        {
            header = ReadHeader(stream, $"'{path}'", options);
        }

        return Decode(() => MLImage.CreateFromFile(path), header, $"'{path}'", options);
    }

    /// <summary>Reads an image out of the bytes of its file, upright.</summary>
    /// <param name="file">All bytes of a PNG, JPEG, BMP, GIF or WebP file.</param>
    /// <param name="name">What errors call it, such as the name that an upload has.</param>
    /// <param name="options">Whether EXIF orientation is honoured, and the largest image that is read; null for the defaults.</param>
    /// <returns>The image, with the very pixels that <see cref="Read(string, ImageFileOptions?)"/> gives; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Read(string, ImageFileOptions?)"/>.</exception>
    public static MLImage Read(ReadOnlyMemory<byte> file, string name, ImageFileOptions? options = null)
    {
        Guard.NotBlank(name, nameof(name));
        options ??= new ImageFileOptions();
        using MemoryStream stream = MemoryMarshal.TryGetArray(file, out ArraySegment<byte> bytes)
            ? new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false)
            : new MemoryStream(file.ToArray(), writable: false);
        ImageHeader header = ReadHeader(stream, $"'{name}'", options);
        stream.Position = 0;
        return Decode(() => MLImage.CreateFromStream(stream), header, $"'{name}'", options);
    }

    private static ImageHeader ReadHeader(Stream stream, string source, ImageFileOptions options)
    {
        if (stream.Length == 0)
        {
            throw new InvalidDataException($"{source} holds no image: the file is empty.");
        }

        if (ImageHeader.Read(stream) is not { Width: > 0, Height: > 0 } header)
        {
            throw Undecodable(source, null);
        }

        if ((long)header.Width * header.Height > options.MaximumPixels)
        {
            throw new InvalidDataException(
                $"{source} is an image of {header.Width:N0} x {header.Height:N0} pixels, but at most {options.MaximumPixels:N0} are read. "
                + $"Shrink it first, or set {nameof(ImageFileOptions)}.{nameof(ImageFileOptions.MaximumPixels)}; a pixel takes 4 bytes.");
        }

        return header.IsCutShort ? throw CutShort(source) : header;
    }

    private static MLImage Decode(Func<MLImage> decode, ImageHeader header, string source, ImageFileOptions options)
    {
        MLImage image;
        try
        {
            image = decode();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw Undecodable(source, exception);
        }

        // The decoder leaves what it does not reach transparent, and says nothing.
        if (header.IsOpaque && image.Pixels[^1] == 0)
        {
            image.Dispose();
            throw CutShort(source);
        }

        return options.HonorOrientation ? ImageTurn.Upright(image, header.Orientation) : image;
    }

    private static InvalidDataException CutShort(string source) =>
        new($"{source} is cut short: the file ends before its image does. Fetch it again.");

    private static InvalidDataException Undecodable(string source, Exception? cause) =>
        new($"{source} holds no image that can be decoded: it is damaged, empty, or of a format other than PNG, JPEG, BMP, GIF and WebP.", cause);
}
