using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Stores;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>What all commands share.</summary>
/// <param name="Embedders">Files of face networks; none for the one that comes with the sample.</param>
/// <param name="Detector"><c>ssd</c>, or the file of a YuNet.</param>
/// <param name="Face">Which face of a photograph is taken.</param>
/// <param name="Output">The folder of what is written.</param>
/// <param name="Store">Where the gallery is kept; null for a file in the output folder for each embedder.</param>
internal sealed record RunOptions(IReadOnlyList<string> Embedders, string Detector, FaceSelection Face, string Output, string? Store)
{
    public FaceOptions FaceOptions => new() { Selection = Face };

    /// <summary>Gets how faces were read: embeddings that were read otherwise are read anew.</summary>
    public string Reading => $"{(Detector == FaceNetworkChoice.Ssd ? "SSD" : Path.GetFileName(Detector))}, {Face}";

    /// <summary>Names the options and what they are, for the report.</summary>
    public IEnumerable<KeyValuePair<string, string>> Describe() =>
    [
        new("--embedder", Embedders.Count == 0 ? "the one that comes with the sample" : string.Join(", ", Embedders.Select(Path.GetFileName))),
        new("--detector", Detector == FaceNetworkChoice.Ssd ? Detector : Path.GetFileName(Detector)),
        new("--face", $"{Face}"),
        new("--store", Store is null ? "a file for each embedder" : Store.Split("://")[0]),
    ];

    /// <summary>Says where the gallery of an embedder is kept.</summary>
    public string StoreOf(Embedder embedder)
    {
        if (Store is not null && Store != "memory" && Embedders.Count > 1)
        {
            throw new ArgumentException("--store names one gallery, but there are several embedders, and each needs its own. Leave --store out, or name one embedder.");
        }

        return Store ?? Path.Combine(Output, $"{embedder.Name}.db");
    }

    public Task<IGallery> OpenGalleryAsync(Embedder embedder, CancellationToken cancellation)
    {
        EmbeddingSpace space = embedder.Model.Space;
        return GalleryStore.OpenOrCreateAsync(StoreOf(embedder), space, cancellation);
    }
}
