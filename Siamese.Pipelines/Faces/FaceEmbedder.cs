using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>The whole chain outside ML.NET: finds the faces of a picture, aligns and embeds them. Any number of threads may use one at once.</summary>
public sealed class FaceEmbedder : IDisposable
{
    private readonly FaceDetector _detector;
    private readonly FaceAligner _aligner;
    private readonly ImageEmbedder _embedder;
    private readonly FaceOptions _options;

    /// <summary>Initializes the chain.</summary>
    /// <param name="detector">Finds the faces; it stays the caller's, who disposes it after the embedder.</param>
    /// <param name="model">Embeds them.</param>
    /// <param name="options">Which faces are taken; null for the defaults.</param>
    public FaceEmbedder(FaceDetector detector, FaceModel model, FaceOptions? options = null)
        : this(detector, model, options, typeof(FaceEmbedder))
    {
    }

    // The owner is the type that a caller disposes, for ObjectDisposedException.
    internal FaceEmbedder(FaceDetector detector, FaceModel model, FaceOptions? options, Type owner)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(model);
        _detector = detector;
        Model = model;
        _options = options ?? new FaceOptions();
        _aligner = new FaceAligner(model.Network.Template);
        _embedder = new ImageEmbedder(model.Embedding, _options.Scoring, owner);
    }

    /// <summary>Gets the network that embeds.</summary>
    public FaceModel Model { get; }

    /// <summary>Embeds the faces of a picture.</summary>
    /// <param name="image">The picture, upright.</param>
    /// <returns>
    /// One embedding, or for <see cref="FaceSelection.All"/> one a face; without a face none, or with <see cref="NoFacePolicy.WholeImage"/>
    /// that of the whole picture.
    /// </returns>
    /// <exception cref="InvalidOperationException">There is no face, and <see cref="FaceOptions.NoFace"/> is <see cref="NoFacePolicy.Throw"/>.</exception>
    public IReadOnlyList<FaceEmbedding> Embed(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return Embed(FacePicture.Read(image), "The picture");
    }

    /// <summary>Embeds the faces of a file, which is turned upright.</summary>
    /// <param name="path">A PNG, JPEG, BMP, GIF or WebP file, whatever its name ends in.</param>
    /// <returns>As <see cref="Embed(MLImage)"/> does.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file does not hold an image that can be decoded, or a too large one.</exception>
    /// <exception cref="InvalidOperationException">There is no face, and <see cref="FaceOptions.NoFace"/> is <see cref="NoFacePolicy.Throw"/>.</exception>
    public IReadOnlyList<FaceEmbedding> Embed(string path)
    {
        using MLImage image = ImageFile.Read(path, _options.File);
        return Embed(FacePicture.Read(image), $"'{path}'");
    }

    /// <summary>Frees the network's native memory, once what is being embedded on other threads has ended; the detector stays.</summary>
    public void Dispose() => _embedder.Dispose();

    /// <summary>Begins a use of several pictures, all of which are embedded whoever disposes the embedder meanwhile.</summary>
    internal OnnxSession.Use Enter() => _embedder.Enter();

    internal IReadOnlyList<FaceEmbedding> Embed(FacePicture picture, string source)
    {
        using OnnxSession.Use use = Enter();
        return Embed(use, picture, source);
    }

    internal IReadOnlyList<FaceEmbedding> Embed(OnnxSession.Use use, FacePicture picture, string source)
    {
        IReadOnlyList<DetectedFace> faces = _options.Select(_detector.Detect(picture), picture.Width, picture.Height);
        if (faces.Count > 0)
        {
            return [.. faces.Select(face => new FaceEmbedding(face, EmbedChip(use, _aligner.AlignPixels(picture, face.Landmarks))))];
        }

        return _options.NoFace switch
        {
            NoFacePolicy.WholeImage => [new FaceEmbedding(null, EmbedChip(use, _aligner.WholePixels(picture)))],
            NoFacePolicy.Throw => throw FaceErrors.NoFace(source),
            _ => [],
        };
    }

    private float[] EmbedChip(OnnxSession.Use use, FacePicture chip)
    {
        using MLImage image = chip.ToImage();
        return _embedder.Embed(use, image);
    }
}
