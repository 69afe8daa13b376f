using System.Numerics;

namespace Siamese.Pipelines.Faces;

/// <summary>Brings what was found in a turned picture back to the picture itself.</summary>
/// <param name="Quarters">The quarter turns, clockwise, that the picture was turned by: 1, 2 or 3.</param>
/// <param name="Width">Pixels across in the picture itself.</param>
/// <param name="Height">Pixels down in the picture itself.</param>
internal readonly record struct FaceTurn(int Quarters, int Width, int Height)
{
    public DetectedFace Back(DetectedFace face)
    {
        FaceLandmarks points = face.Landmarks;
        return new DetectedFace(
            Back(face.Box),
            face.Score,
            new FaceLandmarks(
                Back(points.LeftEye), Back(points.RightEye), Back(points.NoseTip), Back(points.LeftMouthCorner), Back(points.RightMouthCorner)));
    }

    // A box has edges, which lie between pixels: the right one of the picture at its width.
    private FaceBox Back(FaceBox box) => Quarters switch
    {
        1 => new FaceBox(box.Y, Height - box.Right, box.Height, box.Width),
        2 => new FaceBox(Width - box.Right, Height - box.Bottom, box.Width, box.Height),
        _ => new FaceBox(Width - box.Bottom, box.X, box.Height, box.Width),
    };

    // A point is where alignment reads a pixel: the last one is at the width less 1, so that a chip has the very pixels of the turned picture.
    private Vector2 Back(Vector2 point) => Quarters switch
    {
        1 => new Vector2(point.Y, Height - 1 - point.X),
        2 => new Vector2(Width - 1 - point.X, Height - 1 - point.Y),
        _ => new Vector2(Width - 1 - point.Y, point.X),
    };
}
