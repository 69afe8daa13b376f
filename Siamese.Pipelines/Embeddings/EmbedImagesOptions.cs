using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>How a column of images is embedded.</summary>
public sealed record EmbedImagesOptions
{
    /// <summary>Gets the batch size, the threads and what cancels.</summary>
    public OnnxScoringOptions Scoring { get; init; } = new();

    /// <summary>Gets what becomes of the resize of images when the chain is saved.</summary>
    /// <value>The default is <see cref="SavedResize.Refuse"/>.</value>
    public SavedResize SavedResize { get; init; } = SavedResize.Refuse;
}
