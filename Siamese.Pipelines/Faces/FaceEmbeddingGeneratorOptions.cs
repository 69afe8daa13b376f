using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>Which face of an image a <see cref="FaceEmbeddingGenerator"/> embeds, and what becomes of images without one.</summary>
public sealed record FaceEmbeddingGeneratorOptions
{
    /// <summary>Gets which face is taken.</summary>
    /// <value>The default is <see cref="FaceSelection.Largest"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">
    /// The value is <see cref="FaceSelection.All"/>, since a generator gives one embedding for one value, while <see cref="FaceEmbedder"/> gives
    /// all; or it is no member of the enumeration.
    /// </exception>
    public FaceSelection Selection { get; init => field = OneFace(value); } = FaceSelection.Largest;

    /// <summary>Gets what becomes of faces at the edge of the picture.</summary>
    /// <value>The default is <see cref="BorderFaces.Keep"/>.</value>
    public BorderFaces Border { get; init => field = Guard.Defined(value); } = BorderFaces.Keep;

    /// <summary>Gets what becomes of images without a face.</summary>
    /// <value>
    /// The default is <see cref="NoFacePolicy.Throw"/>. With <see cref="NoFacePolicy.Mark"/> the embedding is D times NaN, which no gallery takes.
    /// </value>
    public NoFacePolicy NoFace { get; init => field = Guard.Defined(value); } = NoFacePolicy.Throw;

    /// <summary>Gets whether EXIF orientation is honoured, and the largest image that is read.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImageFileOptions File { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets how many images of one call are worked on side by side, and the threads of the network.</summary>
    /// <value><see cref="OnnxScoringOptions.BatchSize"/> is not used: faces are embedded one by one.</value>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets the name of the network in the generator's metadata, in each embedding and in telemetry.</summary>
    /// <value>The default, null, takes the network of <see cref="FaceModel.Space"/>: the weights' identity and the kind of chips.</value>
    /// <exception cref="ArgumentException">The value is blank.</exception>
    public string? ModelId { get; init => field = value is null ? null : Guard.NotBlank(value); }

    private static FaceSelection OneFace(FaceSelection selection) => Guard.Defined(selection, nameof(Selection)) == FaceSelection.All
        ? throw new ArgumentOutOfRangeException(
            nameof(Selection),
            selection,
            $"{nameof(Selection)} is {selection}, but a generator gives one embedding for one image. Take {nameof(FaceSelection.Largest)} or "
            + $"{nameof(FaceSelection.MostCentral)}; a {nameof(FaceEmbedder)} embeds all faces.")
        : selection;
}
