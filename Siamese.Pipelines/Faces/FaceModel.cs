using Siamese.Pipelines.Embeddings;

namespace Siamese.Pipelines.Faces;

/// <summary>A face network with its weights. It holds no native memory and never changes; any number of threads may share it.</summary>
public sealed class FaceModel
{
    /// <summary>Initializes a face network of an embedding network.</summary>
    /// <param name="embedding">The weights.</param>
    /// <param name="network">What they expect.</param>
    /// <exception cref="ArgumentException">The two take chips of different sizes.</exception>
    public FaceModel(EmbeddingModel embedding, FaceNetwork network)
    {
        ArgumentNullException.ThrowIfNull(embedding);
        ArgumentNullException.ThrowIfNull(network);
        if (embedding.Input.Width != network.Template.Width || embedding.Input.Height != network.Template.Height)
        {
            throw new ArgumentException(
                $"The model takes {embedding.Input}, but {network.Name}'s chip is of {network.Template.Width}x{network.Template.Height} pixels.", nameof(network));
        }

        Embedding = embedding;
        Network = network;
    }

    /// <summary>Gets the weights.</summary>
    public EmbeddingModel Embedding { get; }

    /// <summary>Gets what they expect.</summary>
    public FaceNetwork Network { get; }

    /// <summary>Gets the number of components of an embedding, D.</summary>
    public int Dimension => Embedding.Dimension;

    /// <summary>Gets the distance that suits its embeddings: the file's own, or the network's where the file does not say. Smaller is nearer.</summary>
    public DistanceMetric Distance => Embedding.Metadata.ContainsKey(EmbeddingMetadata.Distance) ? Embedding.Distance : Network.Distance;

    /// <summary>Gets where its embeddings live: those of the same weights on chips of the same kind.</summary>
    public EmbeddingSpace Space => new($"{Embedding.Identity} of {Network.Name} chips", Dimension, Distance) { VerificationThreshold = VerificationThreshold };

    /// <summary>Gets the distance up to which two faces are taken for one person: the file's own, or the published one; null where neither is known.</summary>
    public float? VerificationThreshold =>
        Embedding.VerificationThreshold ?? (Distance == Network.Distance ? Network.VerificationThreshold : null);

    /// <summary>Reads a file that says itself which face network it is, under <see cref="EmbeddingMetadata.FaceNetwork"/>.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="network">What the file expects; null where it says so.</param>
    /// <param name="outputName">The output that is the embedding; null where there is only one that can be, or the file names it.</param>
    /// <returns>The network with its weights.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">The network has no output named <paramref name="outputName"/>.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, not an ONNX file, of another shape, or does not say which network it is, or several outputs can be the embedding
    /// while <paramref name="outputName"/> is null.
    /// </exception>
    public static FaceModel Load(string path, FaceNetwork? network = null, string? outputName = null)
    {
        if (network is not null)
        {
            return network.Load(path, outputName);
        }

        IReadOnlyDictionary<string, string> metadata = FaceNetworkFile.ReadMetadata(path, "a face network");
        if (!metadata.TryGetValue(EmbeddingMetadata.FaceNetwork, out string? name))
        {
            throw new InvalidDataException(
                $"'{path}' does not say which face network it is. Load it by what it expects, such as {nameof(FaceNetworks)}.{nameof(FaceNetworks.ArcFace)}.Load(path); "
                + $"there are {string.Join(", ", FaceNetworks.All.Select(known => known.Name))}.");
        }

        FaceNetwork known;
        try
        {
            known = FaceNetworks.Find(name);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{path}': {exception.Message}", exception);
        }

        return known.Load(path, outputName);
    }
}
