using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Siamese.Pipelines.Images;

/// <summary>Tells the kinds of columns apart.</summary>
internal static class ImageColumnKinds
{
    /// <summary>Gets the kind that a column's type stands for; whatever is neither images nor text is left to the check of pixels.</summary>
    public static ImageColumnKind Of(DataViewType? type) => type switch
    {
        ImageDataViewType => ImageColumnKind.Images,
        TextDataViewType => ImageColumnKind.Paths,
        _ => ImageColumnKind.Pixels,
    };
}
