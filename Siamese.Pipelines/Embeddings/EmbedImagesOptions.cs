using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>How a column of images is embedded.</summary>
public sealed record EmbedImagesOptions
{
    /// <summary>Gets the batch size, the threads and what cancels.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public OnnxScoringOptions Scoring { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets the folder that relative paths are relative to, where the input column holds paths.</summary>
    /// <value>
    /// The default, null, resolves them against the current directory of the process at the time a file is read. A folder that is relative itself is, too.
    /// It is saved with the chain as it is given here.
    /// </value>
    public string? ImageFolder { get; init; }

    /// <summary>Gets how files are read where the input column holds paths: whether EXIF orientation is honored, and the largest image.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ImageFileOptions File { get; init => field = Guard.NotNull(value); } = new();

    /// <summary>Gets what becomes of the resize of images when the chain is saved.</summary>
    /// <value>The default is <see cref="SavedResize.NearestPixel"/>: the chain is saved, and a warning in ML.NET's log states what differs in plain ML.NET.</value>
    public SavedResize SavedResize { get; init; } = SavedResize.NearestPixel;

    /// <summary>Gets the name of a second column to add: the values that the network's last dense layer takes, before their activation.</summary>
    /// <value>
    /// The default, null, adds none. The hidden layer is wider than the embedding and still knows what the network was never taught to tell
    /// apart, which is why the scores of <see cref="Rejection.UnknownScore"/> serve better on it (Sun et al., Out-of-Distribution
    /// Detection with Deep Nearest Neighbors, 2022). The network's last layer must be dense: a Gemm or MatMul with constant weights.
    /// </value>
    /// <exception cref="ArgumentException">The value is blank.</exception>
    public string? HiddenColumnName { get; init => field = value is null ? null : Guard.NotBlank(value); }

    /// <summary>How the files of a column of paths are found and read.</summary>
    internal ImagePaths Paths => new(ImageFolder, File);

    /// <summary>Refuses a hidden column named as the embedding.</summary>
    internal void CheckColumns(string outputColumnName)
    {
        if (HiddenColumnName is { } hidden)
        {
            ColumnErrors.ThrowIfRepeated((outputColumnName, nameof(outputColumnName)), (hidden, nameof(HiddenColumnName)));
        }
    }

    /// <summary>The columns that a transformer of these options adds.</summary>
    internal string[] OutputColumns(string embeddingColumn) => HiddenColumnName is { } hidden ? [embeddingColumn, hidden] : [embeddingColumn];
}
