using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines;

public sealed partial class MetricLearningCatalog
{
    /// <summary>Finds the faces of a column of pictures.</summary>
    /// <param name="detector">Finds them, such as a <see cref="SsdFaceDetector"/>; it stays the caller's, who disposes it last.</param>
    /// <param name="inputColumnName">Images, or the paths of their files.</param>
    /// <param name="boxesColumnName">The column to add of boxes: x, y, width, height of each face in pixels.</param>
    /// <param name="scoresColumnName">The column to add of scores.</param>
    /// <param name="landmarksColumnName">The column to add of landmarks: x and y of five points of each face in pixels.</param>
    /// <param name="options">Which faces are taken, threads; null for the defaults. A picture without a face gets empty vectors, unless it is an error.</param>
    /// <returns>The estimator; its transformer is to be disposed.</returns>
    public FaceDetectionEstimator DetectFaces(
        FaceDetector detector,
        string inputColumnName = "Image",
        string boxesColumnName = "Boxes",
        string scoresColumnName = "Scores",
        string landmarksColumnName = "Landmarks",
        FaceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        Guard.NotBlank(boxesColumnName, nameof(boxesColumnName));
        Guard.NotBlank(scoresColumnName, nameof(scoresColumnName));
        Guard.NotBlank(landmarksColumnName, nameof(landmarksColumnName));
        ColumnErrors.ThrowIfRepeated(
            (boxesColumnName, nameof(boxesColumnName)), (scoresColumnName, nameof(scoresColumnName)), (landmarksColumnName, nameof(landmarksColumnName)));
        options ??= new FaceOptions();
        var pictures = new FacePictureColumn(Guard.NotBlank(inputColumnName, nameof(inputColumnName)), options);
        return new FaceDetectionEstimator(
            Context, () => new DetectFacesStep(Context, detector, pictures, boxesColumnName, scoresColumnName, landmarksColumnName, options));
    }

    /// <summary>Warps the first face of each picture to the chip that a network takes.</summary>
    /// <param name="outputColumnName">The column of chips to add.</param>
    /// <param name="template">The chip, such as <see cref="FaceTemplate.ArcFace"/>.</param>
    /// <param name="inputColumnName">The pictures that the landmarks are of: images, or the paths of their files.</param>
    /// <param name="landmarksColumnName">The landmarks, as <see cref="DetectFaces"/> adds them.</param>
    /// <param name="options">What becomes of pictures without landmarks, threads; null for the defaults.</param>
    /// <returns>The estimator; its transformer is to be disposed.</returns>
    public FaceAlignmentEstimator AlignFaces(
        string outputColumnName,
        FaceTemplate template,
        string inputColumnName = "Image",
        string landmarksColumnName = "Landmarks",
        FaceOptions? options = null)
    {
        Guard.NotBlank(outputColumnName, nameof(outputColumnName));
        ArgumentNullException.ThrowIfNull(template);
        Guard.NotBlank(landmarksColumnName, nameof(landmarksColumnName));
        options ??= new FaceOptions();
        var pictures = new FacePictureColumn(Guard.NotBlank(inputColumnName, nameof(inputColumnName)), options);
        return new FaceAlignmentEstimator(Context, () => new AlignFacesStep(Context, template, pictures, landmarksColumnName, outputColumnName, options));
    }

    /// <summary>Embeds the face in each picture: finds it, aligns it and runs the network, in one step.</summary>
    /// <param name="outputColumnName">The column of embeddings to add.</param>
    /// <param name="detector">Finds the faces; it stays the caller's, who disposes it last.</param>
    /// <param name="model">Embeds them.</param>
    /// <param name="inputColumnName">Images, or the paths of their files; null where it is <paramref name="outputColumnName"/>.</param>
    /// <param name="options">Which face is taken, what becomes of pictures without one, threads; null for the defaults.</param>
    /// <returns>The estimator; its transformer is to be disposed.</returns>
    /// <exception cref="ArgumentException">The options take all faces of a picture, but a row has room for one.</exception>
    public FaceEmbeddingEstimator EmbedFaces(
        string outputColumnName, FaceDetector detector, FaceModel model, string? inputColumnName = null, FaceOptions? options = null)
    {
        Guard.NotBlank(outputColumnName, nameof(outputColumnName));
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(model);
        options ??= new FaceOptions();
        if (options.Selection == FaceSelection.All)
        {
            throw new ArgumentException(
                $"A row holds the embedding of one face, but the options take all. Choose {nameof(FaceSelection.Largest)} or "
                + $"{nameof(FaceSelection.MostCentral)}, or embed all faces of a picture with {nameof(FaceEmbedder)}.",
                nameof(options));
        }

        var pictures = new FacePictureColumn(Guard.NotBlank(inputColumnName ?? outputColumnName, nameof(inputColumnName)), options);
        return new FaceEmbeddingEstimator(Context, () => new EmbedFacesStep(Context, detector, model, pictures, outputColumnName, options));
    }
}
