namespace Siamese.Training;

/// <summary>A network was trained, but what was exported of it differs from it or cannot be run. The file is kept.</summary>
public sealed class ExportedNetworkException : InvalidOperationException
{
    private readonly byte[] _network;

    internal ExportedNetworkException(string message, byte[] network, string? path, Exception? inner)
        : base(message, inner)
    {
        _network = network;
        Path = path;
    }

    /// <summary>Gets where the exported network was written; null where it could not be written.</summary>
    public string? Path { get; }

    /// <summary>Gets the exported network.</summary>
    /// <returns>A copy of the bytes of the ONNX file, which <see cref="Siamese.Pipelines.Embeddings.EmbeddingModel"/> loads.</returns>
    public byte[] GetNetwork() => [.. _network];
}
