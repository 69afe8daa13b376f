using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Reads images from files with errors that say which file and why.</summary>
public static class ImageFile
{
    /// <summary>Reads an image, upright.</summary>
    /// <param name="path">A PNG, JPEG, BMP, GIF or WebP file, whatever its name ends in.</param>
    /// <param name="options">Whether EXIF orientation is honoured, and the largest image that is read; null for the defaults.</param>
    /// <returns>The image, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file holds no image that can be decoded, ends before its image does, or holds one of more pixels than <see cref="ImageFileOptions.MaximumPixels"/>.
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

        ImageHeader header = ReadHeader(path);
        if ((long)header.Width * header.Height > options.MaximumPixels)
        {
            throw new InvalidDataException(
                $"'{path}' is an image of {header.Width:N0} x {header.Height:N0} pixels, but at most {options.MaximumPixels:N0} are read. "
                + $"Shrink it first, or set {nameof(ImageFileOptions)}.{nameof(ImageFileOptions.MaximumPixels)}; a pixel takes 4 bytes.");
        }

        if (header.IsCutShort)
        {
            throw CutShort(path);
        }

        MLImage image;
        try
        {
            image = MLImage.CreateFromFile(path);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw Undecodable(path, exception);
        }

        // The decoder leaves what it does not reach transparent, and says nothing.
        if (header.IsOpaque && image.Pixels[^1] == 0)
        {
            image.Dispose();
            throw CutShort(path);
        }

        return options.HonorOrientation ? ImageTurn.Upright(image, header.Orientation) : image;
    }

    private static ImageHeader ReadHeader(string path)
    {
        using FileStream stream = File.OpenRead(path);
        if (stream.Length == 0)
        {
            throw new InvalidDataException($"'{path}' holds no image: the file is empty.");
        }

        return ImageHeader.Read(stream) is { Width: > 0, Height: > 0 } header ? header : throw Undecodable(path, null);
    }

    private static InvalidDataException CutShort(string path) => new($"'{path}' is cut short: the file ends before its image does. Fetch it again.");

    private static InvalidDataException Undecodable(string path, Exception? cause) =>
        new($"'{path}' holds no image that can be decoded: it is damaged, empty, or of a format other than PNG, JPEG, BMP, GIF and WebP.", cause);
}
