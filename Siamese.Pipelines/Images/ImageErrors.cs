namespace Siamese.Pipelines.Images;

/// <summary>Makes the errors of image files.</summary>
/// <remarks>Each takes the source, the file as a message names it.</remarks>
internal static class ImageErrors
{
    public static InvalidDataException Empty(string source) => new($"{source} does not hold an image: the file is empty.");

    public static InvalidDataException CutShort(string source) =>
        new($"{source} is cut short: the file ends before its image does. Fetch it again.");

    public static InvalidDataException Undecodable(string source, Exception? cause = null) =>
        new(
            $"{source} does not hold an image that can be decoded: it is damaged, or of a format other than PNG, JPEG, BMP, GIF and WebP. "
            + "Convert it to one of these, or leave it out.",
            cause);

    public static InvalidDataException TooLarge(string source, long width, long height, long maximumPixels) =>
        new(
            $"{source} is an image of {width:N0} x {height:N0} pixels, but at most {maximumPixels:N0} are read. "
            + $"Shrink it first, or set {nameof(ImageFileOptions)}.{nameof(ImageFileOptions.MaximumPixels)}; a pixel takes 4 bytes.");

    public static InvalidDataException BeyondMemory(string source, long width, long height, Exception? cause = null) =>
        new(
            $"{source} is an image of {width:N0} x {height:N0} pixels, for which there is not enough memory; a pixel takes 4 bytes. Shrink it first, or set "
            + $"{nameof(ImageFileOptions)}.{nameof(ImageFileOptions.MaximumPixels)} to what there is memory for.",
            cause);

    public static InvalidDataException FileTooLong(string source, long length) =>
        new($"{source} has {length:N0} bytes, but an image file of at most {Array.MaxLength:N0} is read.");
}
