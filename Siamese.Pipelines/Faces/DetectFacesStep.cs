using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the boxes, scores and landmarks of faces.</summary>
internal sealed class DetectFacesStep(
    MLContext ml, FaceDetector detector, FacePictureColumn pictures, string boxes, string scores, string landmarks, FaceOptions options)
    : FaceStep(ml, pictures, options)
{
    private static readonly VectorDataViewType AnyNumber = new(NumberDataViewType.Single);

    public override (string Name, DataViewType Type)[] Outputs => [(boxes, AnyNumber), (scores, AnyNumber), (landmarks, AnyNumber)];

    public override Func<Func<object?[]>> Prepare(DataViewRow row)
    {
        Func<Func<(FacePicture? Picture, string Source)>> read = Pictures.Prepare(row, Warn);
        return () =>
        {
            Func<(FacePicture? Picture, string Source)> load = read();
            return () =>
            {
                (FacePicture? picture, string source) = load();
                return picture is null ? [Array.Empty<float>(), Array.Empty<float>(), Array.Empty<float>()] : Detect(picture, source);
            };
        };
    }

    private object?[] Detect(FacePicture picture, string source)
    {
        IReadOnlyList<DetectedFace> faces = Options.Select(detector.Detect(picture), picture.Width, picture.Height);
        if (faces.Count == 0 && Options.NoFace == NoFacePolicy.Throw)
        {
            throw FaceErrors.NoFace(source);
        }

        return
        [
            faces.SelectMany(face => new[] { face.Box.X, face.Box.Y, face.Box.Width, face.Box.Height }).ToArray(),
            faces.Select(face => face.Score).ToArray(),
            faces.SelectMany(face => face.Landmarks.ToArray()).SelectMany(point => new[] { point.X, point.Y }).ToArray(),
        ];
    }
}
