using System.Numerics;

namespace Siamese.Pipelines.Faces;

/// <summary>The five points of a face, in pixels. Left and right are those of the picture in which the face stands upright, not of the person.</summary>
/// <param name="LeftEye">The middle of the eye that is at the left where the face stands upright.</param>
/// <param name="RightEye">The middle of the eye that is at the right where the face stands upright.</param>
/// <param name="NoseTip">The tip of the nose.</param>
/// <param name="LeftMouthCorner">The corner of the mouth that is at the left where the face stands upright.</param>
/// <param name="RightMouthCorner">The corner of the mouth that is at the right where the face stands upright.</param>
public sealed record FaceLandmarks(Vector2 LeftEye, Vector2 RightEye, Vector2 NoseTip, Vector2 LeftMouthCorner, Vector2 RightMouthCorner)
{
    /// <summary>The number of points.</summary>
    public const int Count = 5;

    /// <summary>Reads landmarks from the numbers of a column or a file.</summary>
    /// <param name="values">x0, y0, x1, y1, ...: ten numbers in the order of the points.</param>
    /// <returns>The landmarks.</returns>
    /// <exception cref="ArgumentException">There are not ten numbers.</exception>
    public static FaceLandmarks From(ReadOnlySpan<float> values) =>
        values.Length == 2 * Count
            ? new FaceLandmarks(Point(values, 0), Point(values, 1), Point(values, 2), Point(values, 3), Point(values, 4))
            : throw new ArgumentException($"There are {values.Length} numbers, but the landmarks of a face are {2 * Count}: x and y of {Count} points.", nameof(values));

    /// <summary>Gives the points in order: eyes, nose tip, mouth corners.</summary>
    /// <returns>Five points.</returns>
    public Vector2[] ToArray() => [LeftEye, RightEye, NoseTip, LeftMouthCorner, RightMouthCorner];

    private static Vector2 Point(ReadOnlySpan<float> values, int index) => new(values[2 * index], values[(2 * index) + 1]);
}
