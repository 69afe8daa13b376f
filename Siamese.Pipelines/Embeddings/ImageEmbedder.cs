using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Embeds images one by one or in small batches, outside any ML.NET chain. Any number of threads may use one at once.</summary>
public sealed class ImageEmbedder : IDisposable
{
    private readonly OnnxScoringOptions _options;
    private readonly OnnxSession _session;

    // The owner is the type that a caller disposes, for ObjectDisposedException.
    internal ImageEmbedder(EmbeddingModel model, OnnxScoringOptions options, Type? owner = null)
    {
        Model = model;
        _options = options;
        _session = new OnnxSession(model.CreateStep("embedding", "image", ImageColumnKind.Pixels, new EmbedImagesOptions()), options.ThreadsPerBatch, owner ?? typeof(ImageEmbedder));
    }

    /// <summary>Gets the network.</summary>
    public EmbeddingModel Model { get; }

    /// <summary>Embeds an image; one of another size than the network's is resized, bilinear with antialiasing.</summary>
    /// <param name="image">Any size.</param>
    /// <returns>D components.</returns>
    public float[] Embed(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        using OnnxSession.Use use = Enter();
        return Embed(use, image);
    }

    /// <summary>Embeds the image of a file, turned upright as its EXIF orientation says.</summary>
    /// <param name="path">A file of a format that <see cref="MLImage"/> decodes: PNG, JPEG, BMP, GIF, WebP.</param>
    /// <returns>D components.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file does not hold an image that can be decoded.</exception>
    public float[] Embed(string path)
    {
        using MLImage image = ImageFile.Read(path);
        return Embed(image);
    }

    /// <summary>Embeds the image of a file in memory, which gets the embedding that the same file gets by its path.</summary>
    /// <param name="file">All bytes of a PNG, JPEG, BMP, GIF or WebP file.</param>
    /// <param name="name">What errors call the file, such as the name of an upload.</param>
    /// <returns>D components.</returns>
    /// <exception cref="ArgumentException">The name is blank.</exception>
    /// <exception cref="InvalidDataException">The bytes are not an image that can be decoded, or end before it does.</exception>
    public float[] Embed(ReadOnlyMemory<byte> file, string name = "image")
    {
        using MLImage image = ImageFile.Read(file, name);
        return Embed(image);
    }

    /// <summary>Embeds images whose pixels are laid out as the network takes them.</summary>
    /// <param name="pixels">N × C × H × W pixels of [0, 255], image by image, channel by channel in the network's color order.</param>
    /// <returns>N × D components, embedding by embedding.</returns>
    /// <exception cref="ArgumentException">The length is no multiple of one image's, or a pixel is not finite.</exception>
    public float[] Embed(ReadOnlySpan<float> pixels)
    {
        int length = Model.Input.Length;
        if (pixels.Length == 0 || pixels.Length % length != 0)
        {
            throw new ArgumentException(
                $"There are {pixels.Length} pixels, but one image of {Model.Input} has {length} (channels x height x width).", nameof(pixels));
        }

        if (!System.Numerics.Tensors.TensorPrimitives.IsFiniteAll(pixels))
        {
            throw new ArgumentException("A pixel is not finite.", nameof(pixels));
        }

        using OnnxSession.Use use = Enter();
        return Run(use, pixels.ToArray(), pixels.Length / length);
    }

    /// <summary>Frees the network's native memory, once what is being embedded on other threads has ended; whatever begins later throws.</summary>
    public void Dispose() => _session.Dispose();

    /// <summary>Begins a use of several runs, all of which end whoever disposes the embedder meanwhile.</summary>
    internal OnnxSession.Use Enter() => _session.Enter();

    /// <summary>Embeds an image within a use.</summary>
    internal float[] Embed(OnnxSession.Use use, MLImage image)
    {
        var pixels = new float[Model.Input.Length];
        ImagePixels.Read(image, Model.Input, pixels);
        return Run(use, pixels, 1);
    }

    /// <summary>Embeds N images of pixels as the network takes them, batch by batch.</summary>
    internal float[] Run(OnnxSession.Use use, float[] pixels, int count)
    {
        var embeddings = new float[count * Model.Dimension];
        int batch = _session.RoundUp(_options.BatchSizeFor(Model.Input.Length));
        for (int first = 0; first < count; first += Math.Min(batch, count - first))
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            use.Run([pixels], [embeddings], first, Math.Min(batch, count - first));
        }

        return embeddings;
    }
}
