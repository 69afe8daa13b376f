namespace Siamese.Pipelines.Images;

/// <summary>How an image file is read.</summary>
public sealed record ImageFileOptions
{
    /// <summary>Gets whether the image is turned as the file's EXIF orientation says, so that it stands as it was taken.</summary>
    /// <value>The default is true. ML.NET's own LoadImages never turns.</value>
    public bool HonorOrientation { get; init; } = true;

    /// <summary>Gets the most pixels, width × height, that a file may have. A larger one is refused before it is decoded.</summary>
    /// <value>The default is 100,000,000, which take 400 MB.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public long MaximumPixels { get; init => field = Guard.AtLeast(value, 1); } = 100_000_000;
}
