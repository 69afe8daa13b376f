using Microsoft.Extensions.AI;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>The chain of faces as a generator of Microsoft.Extensions.AI: finds the face of each image, aligns it and embeds it.</summary>
/// <remarks>
/// <para>
/// A value is a <see cref="DataContent"/> of a media type <c>image/*</c> that holds a whole PNG, JPEG, BMP, GIF or WebP file, which is turned
/// upright. Its embedding is the one that <see cref="FaceEmbedder"/> gives.
/// </para>
/// <para>Any number of threads may use one at once. The images of a call are worked on side by side.</para>
/// <para>
/// <c>GetService</c> gives the <see cref="EmbeddingGeneratorMetadata"/>, the <see cref="FaceModel"/>, the <see cref="FaceDetector"/>, the
/// <see cref="EmbeddingSpace"/> that a gallery of its embeddings has, and the generator itself, also from beneath the layers of a builder.
/// </para>
/// </remarks>
public sealed class FaceEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly FaceDetector _detector;
    private readonly FaceEmbeddingGeneratorOptions _options;
    private readonly FaceEmbedder _embedder;
    private readonly ImageGeneration _generation;

    /// <summary>Initializes a generator.</summary>
    /// <param name="detector">Finds the faces; it stays the caller's, who disposes it after the generator.</param>
    /// <param name="model">Embeds them.</param>
    /// <param name="options">Which face is taken, and what becomes of images without one; null for the defaults.</param>
    public FaceEmbeddingGenerator(FaceDetector detector, FaceModel model, FaceEmbeddingGeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(model);
        _detector = detector;
        Model = model;
        _options = options ?? new FaceEmbeddingGeneratorOptions();

        // What becomes of an image without a face is said here, where it is known which of the values it is.
        NoFacePolicy noFace = _options.NoFace == NoFacePolicy.WholeImage ? NoFacePolicy.WholeImage : NoFacePolicy.Mark;
        _embedder = new FaceEmbedder(
            detector,
            model,
            new FaceOptions { Selection = _options.Selection, Border = _options.Border, NoFace = noFace, Scoring = _options.Scoring },
            typeof(FaceEmbeddingGenerator));
        _generation = new ImageGeneration(_options.ModelId ?? model.Space.Network, model.Dimension, _options.Scoring.MaxDegreeOfParallelism);
    }

    /// <summary>Gets the network that embeds.</summary>
    public FaceModel Model { get; }

    /// <summary>Embeds the face of each image.</summary>
    /// <param name="values">Image files, each with its media type.</param>
    /// <param name="options">May name this generator's model and dimensions, and no others; null asks for nothing.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>One embedding of D components for each value, in their order.</returns>
    /// <exception cref="ArgumentException">
    /// A value is null, of a media type other than <c>image/*</c>, or holds no data, and nothing was embedded; or the options ask for
    /// another model or another number of dimensions.
    /// </exception>
    /// <exception cref="InvalidDataException">A value cannot be decoded, is cut short, or has more pixels than the options allow.</exception>
    /// <exception cref="InvalidOperationException">
    /// A value shows no face, and <see cref="FaceEmbeddingGeneratorOptions.NoFace"/> is <see cref="NoFacePolicy.Throw"/>.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The generator has been disposed.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        GenerateAsync(_embedder.Enter(), values, options, cancellationToken);

    /// <summary>Gives what the generator is made of.</summary>
    /// <param name="serviceType">The type that is asked for.</param>
    /// <param name="serviceKey">Nothing is kept under a key.</param>
    /// <returns>The object, or null where there is none of that type.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _generation.Metadata
            : serviceType == typeof(FaceModel) ? Model
            : serviceType == typeof(FaceDetector) ? _detector
            : serviceType == typeof(EmbeddingSpace) ? Model.Space
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Frees the network's native memory, once the calls in progress have ended; the detector stays.</summary>
    public void Dispose() => _embedder.Dispose();

    private async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        OnnxSession.Use use, IEnumerable<DataContent> values, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        using (use)
        {
            return await _generation.RunAsync(
                values, options, batch: 1, (image, index, _) => [EmbedFace(use, image[0], index)], cancellationToken).ConfigureAwait(false);
        }
    }

    private float[] EmbedFace(OnnxSession.Use use, DataContent value, int index)
    {
        string source = ImageGeneration.NameOf(value, index);
        FacePicture picture;
        using (MLImage image = ImageGeneration.Read(value, index, _options.File))
        {
            picture = FacePicture.Read(image);
        }

        if (_embedder.Embed(use, picture, source) is [FaceEmbedding face])
        {
            return face.Embedding;
        }

        if (_options.NoFace == NoFacePolicy.Throw)
        {
            throw FaceErrors.NoFace($"'{source}'", nameof(FaceEmbeddingGeneratorOptions));
        }

        var missing = new float[Model.Dimension];
        Array.Fill(missing, float.NaN);
        return missing;
    }
}
