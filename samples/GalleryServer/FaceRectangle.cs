using Siamese.Pipelines.Faces;

namespace Siamese.Samples.GalleryServer;

/// <summary>Where a face is, in pixels of the photograph as it stands upright; it may reach over the edge.</summary>
/// <param name="X">The left edge.</param>
/// <param name="Y">The upper edge.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
internal sealed record FaceRectangle(float X, float Y, float Width, float Height)
{
    public static FaceRectangle Of(FaceBox box) => new(box.X, box.Y, box.Width, box.Height);
}
