namespace Siamese.Pipelines.Images;

/// <summary>How the stored rows and columns of an image lie, as EXIF's tag 0x0112 numbers it: where its first row and column belong.</summary>
internal enum ImageOrientation
{
    TopLeft = 1,
    TopRight = 2,
    BottomRight = 3,
    BottomLeft = 4,
    LeftTop = 5,
    RightTop = 6,
    RightBottom = 7,
    LeftBottom = 8,
}
