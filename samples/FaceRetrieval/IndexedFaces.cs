using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>The faces of a folder as one embedder sees them, row by row.</summary>
internal sealed class IndexedFaces
{
    private IndexedFaces(Embedder embedder, IReadOnlyList<Photograph> photographs, IReadOnlyList<GalleryItem> items)
    {
        Embedder = embedder;
        Photographs = photographs;
        People = [.. photographs.Select(photograph => photograph.Person).Distinct().Order(StringComparer.Ordinal)];
        Labels = [.. photographs.Select(photograph => Array.IndexOf(People, photograph.Person))];
        Embeddings = new float[items.Count * embedder.Model.Dimension];
        for (int i = 0; i < items.Count; i++)
        {
            items[i].Embedding.CopyTo(Embeddings.AsMemory(i * embedder.Model.Dimension));
        }
    }

    public Embedder Embedder { get; }

    public IReadOnlyList<Photograph> Photographs { get; }

    /// <summary>Gets the names of the people who have a face, in order.</summary>
    public string[] People { get; }

    /// <summary>Gets the person of each row.</summary>
    public int[] Labels { get; }

    /// <summary>Gets (N, D) float32, of length 1 where the distance is the cosine.</summary>
    public float[] Embeddings { get; }

    public int Dimension => Embedder.Model.Dimension;

    /// <summary>Reads the rows of a gallery that are of these photographs, in the photographs' order.</summary>
    public static async Task<IndexedFaces> ReadAsync(
        Embedder embedder, IGallery gallery, IReadOnlyList<Photograph> photographs, CancellationToken cancellation)
    {
        HashSet<string> wanted = [.. photographs.Select(photograph => photograph.Path)];
        var items = new Dictionary<string, GalleryItem>();
        await foreach (GalleryItem item in gallery.ItemsAsync(cancellationToken: cancellation))
        {
            if (wanted.Contains(item.Id))
            {
                items.Add(item.Id, item);
            }
        }

        Photograph[] found = [.. photographs.Where(photograph => items.ContainsKey(photograph.Path))];
        return new IndexedFaces(embedder, found, [.. found.Select(photograph => items[photograph.Path])]);
    }

    public ReadOnlySpan<float> Row(int row) => Embeddings.AsSpan(row * Dimension, Dimension);

    public float Distance(int first, int second) => Embedder.Model.Distance.Between(Row(first), Row(second));

    /// <summary>Finds for each row its nearest others.</summary>
    /// <returns>Rows and distances, nearest first.</returns>
    public (int Row, float Distance)[][] Nearest(int count, CancellationToken cancellation)
    {
        using Gallery gallery = Gallery.InMemory(Embedder.Model.Space);
        gallery.Add(Photographs.Select((photograph, row) => new GalleryItem(photograph.Path, photograph.Person, Row(row).ToArray())));
        var rows = Photographs.Select((photograph, row) => (photograph.Path, row)).ToDictionary(pair => pair.Path, pair => pair.row);
        float[][] queries = [.. Photographs.Select((_, row) => Row(row).ToArray())];

        // A row is its own nearest, and is left out.
        return
        [
            .. gallery.Nearest(queries, count + 1, cancellationToken: cancellation).Select((matches, row) =>
                matches.Select(match => (Row: rows[match.Id], match.Distance)).Where(match => match.Row != row).Take(count).ToArray()),
        ];
    }
}
