using Siamese.Pipelines;
using Siamese.Pipelines.Images;

namespace Siamese.Training.Datasets;

/// <summary>What a folder of images must hold at least, and what is done with the rest.</summary>
/// <remarks>
/// The defaults are what triplets need: an anchor and a positive of one class, and a negative of another. For a gallery, or for images to
/// be recognized, set both to 1.
/// </remarks>
public sealed record ImageFolderOptions
{
    /// <summary>Gets the least number of classes.</summary>
    /// <value>The default is 2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MinimumClasses { get; init => field = Guard.AtLeast(value, 1); } = 2;

    /// <summary>Gets the least number of images that each class must have.</summary>
    /// <value>The default is 2.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is less than 1.</exception>
    public int MinimumImagesPerClass { get; init => field = Guard.AtLeast(value, 1); } = 2;

    /// <summary>Gets the handler that receives the search: which files were found, and what was passed over and why.</summary>
    /// <value>
    /// The default, null, receives nothing. It is called once, before the folder is checked. <see cref="ImageFileSearch.Summary"/> is one line to show.
    /// </value>
    public Action<ImageFileSearch>? Searched { get; init; }
}
