using System.Numerics;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>Finds the faces of <see cref="DrawnFaces"/>: a square of 4 pixels at every pixel of red 255, whose green is its score.</summary>
internal sealed class DrawnFaceDetector : FaceDetector
{
    public override IReadOnlyList<DetectedFace> Detect(FacePicture picture)
    {
        byte[] planes = picture.Planes.ToArray();
        int plane = picture.Width * picture.Height;
        return
        [
            .. Enumerable.Range(0, plane).Where(i => planes[i] == byte.MaxValue).Select(i =>
            {
                var corner = new Vector2(i % picture.Width, i / picture.Width);
                FaceLandmarks points = DrawnFaces.Template.Landmarks;
                return new DetectedFace(
                    new FaceBox(corner.X, corner.Y, planes[(2 * plane) + i], planes[(2 * plane) + i]),
                    planes[plane + i] / 256f,
                    new FaceLandmarks(
                        corner + points.LeftEye, corner + points.RightEye, corner + points.NoseTip, corner + points.LeftMouthCorner, corner + points.RightMouthCorner));
            }),
        ];
    }
}
