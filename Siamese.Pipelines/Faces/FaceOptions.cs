using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Which faces are taken, and what becomes of pictures without one. One bad picture never ends a batch unless it is told to.</summary>
public sealed record FaceOptions
{
    /// <summary>Gets which of a picture's faces are taken.</summary>
    /// <value>The default is <see cref="FaceSelection.Largest"/>.</value>
    public FaceSelection Selection { get; init => field = Guard.Defined(value); } = FaceSelection.Largest;

    /// <summary>Gets what becomes of faces at the edge of the picture.</summary>
    /// <value>The default is <see cref="BorderFaces.Keep"/>.</value>
    public BorderFaces Border { get; init => field = Guard.Defined(value); } = BorderFaces.Keep;

    /// <summary>Gets what becomes of pictures without a face.</summary>
    /// <value>The default is <see cref="NoFacePolicy.Mark"/>.</value>
    public NoFacePolicy NoFace { get; init => field = Guard.Defined(value); } = NoFacePolicy.Mark;

    /// <summary>Gets what becomes of images that are missing or cannot be read.</summary>
    /// <value>The default is <see cref="BadImagePolicy.Mark"/>.</value>
    public BadImagePolicy BadImage { get; init => field = Guard.Defined(value); } = BadImagePolicy.Mark;

    /// <summary>Gets how files are read where the input column holds paths.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImageFileOptions File { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets how many pictures one cursor works on side by side, the threads of one network, and what cancels.</summary>
    /// <value><see cref="OnnxScoringOptions.BatchSize"/> is not used: faces are embedded one by one.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Takes the faces that the options ask for.</summary>
    /// <param name="faces">All faces of a picture.</param>
    /// <param name="width">Pixels across in the picture.</param>
    /// <param name="height">Pixels down in the picture.</param>
    /// <returns>One face, or none, or for <see cref="FaceSelection.All"/> any number.</returns>
    public IReadOnlyList<DetectedFace> Select(IReadOnlyList<DetectedFace> faces, int width, int height)
    {
        IEnumerable<DetectedFace> found = Guard.NoneNull(faces, nameof(faces));
        IEnumerable<DetectedFace> candidates = Border == BorderFaces.Drop ? found.Where(face => !face.Box.IsAtBorder(width, height)) : found;
        return Selection switch
        {
            FaceSelection.MostCentral => [.. candidates.OrderBy(face => SquaredDistanceToMiddle(face.Box, width, height)).Take(1)],
            FaceSelection.All => [.. candidates.OrderByDescending(face => face.Box.Area)],
            _ => [.. candidates.OrderByDescending(face => face.Box.Area).Take(1)],
        };
    }

    private static float SquaredDistanceToMiddle(FaceBox box, int width, int height)
    {
        float x = box.X + ((box.Width - width) / 2);
        float y = box.Y + ((box.Height - height) / 2);
        return (x * x) + (y * y);
    }
}
