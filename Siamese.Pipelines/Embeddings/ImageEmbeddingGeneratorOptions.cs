using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>How an <see cref="ImageEmbeddingGenerator"/> reads images and runs its network.</summary>
public sealed record ImageEmbeddingGeneratorOptions
{
    /// <summary>Gets whether EXIF orientation is honoured, and the largest image that is read.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImageFileOptions File { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>
    /// Gets how many images are embedded in one run of the network, how many runs of one call go on side by side, and the threads of each.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets the name of the network in the generator's metadata, in each embedding and in telemetry.</summary>
    /// <value>The default, null, takes <see cref="EmbeddingModel.Identity"/>, which no other network has.</value>
    /// <exception cref="ArgumentException">The value is blank.</exception>
    public string? ModelId { get; init => field = value is null ? null : Guard.NotBlank(value); }
}
