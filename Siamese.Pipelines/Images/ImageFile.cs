using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Reads images from files, on disk or in memory, with errors that name the file and the reason.</summary>
/// <remarks>
/// Use it for files that are not trusted. The size that the decoder itself reports is checked before pixels are allocated. ML.NET's own ways,
/// <c>LoadImages</c>, <c>MLImage.CreateFromFile</c> and <c>MLImage.CreateFromStream</c>, have no such checks: with them, a damaged or hostile file of
/// a few bytes can take all memory or end the process.
/// </remarks>
public static class ImageFile
{
    /// <summary>Reads an image, upright.</summary>
    /// <param name="path">A PNG, JPEG, BMP, GIF or WebP file, whatever its name ends in.</param>
    /// <param name="options">Whether EXIF orientation is honored, and the largest image that is read; null for the defaults.</param>
    /// <returns>The image, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file does not hold an image that can be decoded, ends before its image does, or holds one of more pixels than
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

        string source = $"'{path}'";
        using FileStream stream = File.OpenRead(path);

        // Before the whole file is read: a picture that is too large costs no memory.
        ImageHeader header = ReadHeader(stream, source, options);
        if (stream.Length > Array.MaxLength)
        {
            throw ImageErrors.FileTooLong(source, stream.Length);
        }

        byte[] file = GC.AllocateUninitializedArray<byte>((int)stream.Length);
        stream.Position = 0;
        int count = stream.ReadAtLeast(file, file.Length, throwOnEndOfStream: false);
        return Decode(file.AsSpan(0, count), header, source, options);
    }

    /// <summary>Reads an image out of the bytes of its file, upright.</summary>
    /// <param name="file">All bytes of a PNG, JPEG, BMP, GIF or WebP file.</param>
    /// <param name="name">What errors call it, such as the name that an upload has.</param>
    /// <param name="options">Whether EXIF orientation is honored, and the largest image that is read; null for the defaults.</param>
    /// <returns>The image, with the very pixels that <see cref="Read(string, ImageFileOptions?)"/> gives; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    /// <exception cref="InvalidDataException">As for <see cref="Read(string, ImageFileOptions?)"/>.</exception>
    public static MLImage Read(ReadOnlyMemory<byte> file, string name, ImageFileOptions? options = null)
    {
        Guard.NotBlank(name, nameof(name));
        options ??= new ImageFileOptions();
        string source = $"'{name}'";
        if (!MemoryMarshal.TryGetArray(file, out ArraySegment<byte> bytes))
        {
            bytes = file.ToArray();
        }

        using var stream = new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        return Decode(bytes, ReadHeader(stream, source, options), source, options);
    }

    private static ImageHeader ReadHeader(Stream stream, string source, ImageFileOptions options)
    {
        if (stream.Length == 0)
        {
            throw ImageErrors.Empty(source);
        }

        if (ImageHeader.Read(stream) is not { Width: > 0, Height: > 0 } header)
        {
            throw ImageErrors.Undecodable(source);
        }

        if ((long)header.Width * header.Height > options.MaximumPixels)
        {
            throw ImageErrors.TooLarge(source, header.Width, header.Height, options.MaximumPixels);
        }

        return header.IsCutShort ? throw ImageErrors.CutShort(source) : header;
    }

    private static MLImage Decode(ReadOnlySpan<byte> file, ImageHeader header, string source, ImageFileOptions options)
    {
        MLImage image = ImageDecoder.Decode(file, source, options.MaximumPixels);
        return options.HonorOrientation ? ImageTurn.Upright(image, header.Orientation) : image;
    }
}
