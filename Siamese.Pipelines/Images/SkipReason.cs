namespace Siamese.Pipelines.Images;

/// <summary>Why a file, folder or link was passed over when a folder was searched for images.</summary>
public enum SkipReason
{
    /// <summary>An image or raw photograph of a format that is not decoded, such as HEIC, AVIF or TIFF.</summary>
    UnsupportedFormat,

    /// <summary>A file whose extension is not that of an image.</summary>
    NotAnImage,

    /// <summary>A hidden file or folder; elsewhere than on Windows, one whose name begins with a dot.</summary>
    Hidden,

    /// <summary>A link to a file or folder that counts elsewhere already.</summary>
    AlreadyFound,

    /// <summary>A link that leads back to a folder that holds it, or to the folder that is searched.</summary>
    CircularLink,

    /// <summary>A link whose target does not exist or cannot be reached.</summary>
    BrokenLink,

    /// <summary>A folder that cannot be listed, or not to its end.</summary>
    UnreadableFolder,

    /// <summary>A file or folder whose name is not valid in the encoding of file names (UTF-8 on Linux), so that .NET cannot open it. Rename it.</summary>
    UnreadableName,

    /// <summary>A pipe, socket or device.</summary>
    NotAFile,
}
