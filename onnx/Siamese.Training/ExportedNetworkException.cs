namespace Siamese.Training;

/// <summary>The exception that is thrown when a trained network was exported, but the exported file differs from it or cannot be run.</summary>
/// <remarks>The file is kept, so that the training is not lost.</remarks>
public sealed class ExportedNetworkException : InvalidOperationException
{
    private readonly byte[] _network;

    internal ExportedNetworkException(string message, byte[] network, string? path, Exception? inner)
        : base(message, inner)
    {
        _network = network;
        Path = path;
    }

    /// <summary>Gets the path of the file that the exported network was written to; null if it could not be written.</summary>
    public string? Path { get; }

    /// <summary>Gets the exported network.</summary>
    /// <returns>A copy of the bytes of the ONNX file, which <see cref="Siamese.Pipelines.Embeddings.EmbeddingModel"/> loads.</returns>
    public byte[] GetNetwork() => [.. _network];
}
