using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Reads images from files with errors that say which file and why.</summary>
public static class ImageFile
{
    /// <summary>Reads an image.</summary>
    /// <param name="path">A PNG, JPEG, BMP, GIF or WebP file, whatever its name ends in.</param>
    /// <returns>The image, which the caller disposes.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file holds no image that can be decoded.</exception>
    public static MLImage Read(string path)
    {
        Guard.NotBlank(path, nameof(path));
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no image file '{path}'.", path);
        }

        try
        {
            return MLImage.CreateFromFile(path);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException(
                $"'{path}' holds no image that can be decoded: it is damaged, empty, or of a format other than PNG, JPEG, BMP, GIF and WebP.",
                exception);
        }
    }
}
