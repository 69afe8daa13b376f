using System.Globalization;

namespace Siamese.Pipelines.Faces;

/// <summary>The rectangle of a face in the pixels of its picture. It may reach over the picture's edge.</summary>
/// <param name="X">The left edge.</param>
/// <param name="Y">The upper edge.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public readonly record struct FaceBox(float X, float Y, float Width, float Height)
{
    /// <summary>Gets the right edge.</summary>
    public float Right => X + Width;

    /// <summary>Gets the lower edge.</summary>
    public float Bottom => Y + Height;

    /// <summary>Gets width × height, in square pixels.</summary>
    public float Area => Width * Height;

    /// <summary>Computes the intersection over union with another box.</summary>
    /// <param name="other">The other box, of the same picture.</param>
    /// <returns>In [0, 1]: 0 where they do not overlap or have no area, 1 where they are the same.</returns>
    public float IntersectionOverUnion(FaceBox other)
    {
        float width = Math.Min(Right, other.Right) - Math.Max(X, other.X);
        float height = Math.Min(Bottom, other.Bottom) - Math.Max(Y, other.Y);
        if (width <= 0 || height <= 0)
        {
            return 0;
        }

        float intersection = width * height;
        return intersection / (Area + other.Area - intersection);
    }

    /// <summary>Says whether the picture's edge cuts the box or touches it, so that a part of the face may be missing.</summary>
    /// <param name="width">Pixels across in the picture.</param>
    /// <param name="height">Pixels down in the picture.</param>
    /// <returns>Whether the box is not wholly inside.</returns>
    public bool IsAtBorder(int width, int height) => X <= 0 || Y <= 0 || Right >= width || Bottom >= height;

    /// <summary>Says the box.</summary>
    /// <returns>As in <c>84.5 x 113.9 at (75.9, 70.1)</c>.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Width:F1} x {Height:F1} at ({X:F1}, {Y:F1})");
}
