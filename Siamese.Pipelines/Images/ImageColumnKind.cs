namespace Siamese.Pipelines.Images;

/// <summary>What a column of images holds.</summary>
internal enum ImageColumnKind
{
    /// <summary>Vectors of pixels, channel by channel.</summary>
    Pixels,

    /// <summary>Decoded images.</summary>
    Images,

    /// <summary>Text: the paths of image files.</summary>
    Paths,
}
