using Microsoft.Extensions.AI;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>An embedding network as a generator of Microsoft.Extensions.AI: the bytes of image files in, embeddings out.</summary>
/// <remarks>
/// <para>
/// A value is a <see cref="DataContent"/> of a media type <c>image/*</c> that holds a whole PNG, JPEG, BMP, GIF or WebP file; the content
/// counts, not what the media type says of it. An image is resized as <see cref="ImageEmbedder"/> does, and its embedding is the same.
/// </para>
/// <para>Any number of threads may use one at once. The images of a call are embedded in batches, several of them side by side.</para>
/// <para>
/// <c>GetService</c> gives the <see cref="EmbeddingGeneratorMetadata"/>, the <see cref="EmbeddingModel"/>, the <see cref="EmbeddingSpace"/> that a
/// gallery of its embeddings has, and the generator itself, also from beneath the layers of a builder.
/// </para>
/// </remarks>
public sealed class ImageEmbeddingGenerator : IEmbeddingGenerator<DataContent, Embedding<float>>
{
    private readonly ImageEmbeddingGeneratorOptions _options;
    private readonly ImageEmbedder _embedder;
    private readonly ImageGeneration _generation;

    /// <summary>Initializes a generator.</summary>
    /// <param name="model">The network.</param>
    /// <param name="options">How images are read, batches and threads; null for the defaults.</param>
    public ImageEmbeddingGenerator(EmbeddingModel model, ImageEmbeddingGeneratorOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _options = options ?? new ImageEmbeddingGeneratorOptions();
        _embedder = new ImageEmbedder(model, _options.Scoring, typeof(ImageEmbeddingGenerator));
        _generation = new ImageGeneration(_options.ModelId ?? model.Identity, model.Dimension, _options.Scoring.MaxDegreeOfParallelism);
    }

    /// <summary>Gets the network.</summary>
    public EmbeddingModel Model { get; }

    /// <summary>Embeds images.</summary>
    /// <param name="values">Image files, each with its media type.</param>
    /// <param name="options">May name this generator's model and dimensions, and no others; null asks for nothing.</param>
    /// <param name="cancellationToken">Stops between two images.</param>
    /// <returns>One embedding of D components for each value, in their order.</returns>
    /// <exception cref="ArgumentException">
    /// A value is null, of a media type other than <c>image/*</c>, or holds no data, and nothing was embedded; or the options ask for
    /// another model or another number of dimensions.
    /// </exception>
    /// <exception cref="InvalidDataException">A value cannot be decoded, is cut short, or has more pixels than the options allow.</exception>
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
            : serviceType == typeof(EmbeddingModel) ? Model
            : serviceType == typeof(EmbeddingSpace) ? EmbeddingSpace.Of(Model)
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Frees the network's native memory, once the calls in progress have ended; whatever begins later throws.</summary>
    public void Dispose() => _embedder.Dispose();

    private async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        OnnxSession.Use use, IEnumerable<DataContent> values, EmbeddingGenerationOptions? options, CancellationToken cancellationToken)
    {
        using (use)
        {
            return await _generation.RunAsync(
                values,
                options,
                _options.Scoring.BatchSizeFor(Model.Input.Length),
                (images, first, stop) => EmbedBatch(use, images, first, stop),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private float[][] EmbedBatch(OnnxSession.Use use, ReadOnlySpan<DataContent> values, int first, CancellationToken cancellation)
    {
        int length = Model.Input.Length;
        var pixels = new float[values.Length * length];
        for (int i = 0; i < values.Length; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using MLImage image = ImageGeneration.Read(values[i], first + i, _options.File);
            ImagePixels.Read(image, Model.Input, pixels.AsSpan(i * length, length));
        }

        return [.. _embedder.Run(use, pixels, values.Length).Chunk(Model.Dimension)];
    }
}
