using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.References;

/// <summary>A list of items, all of which are sorted for each query, in double precision.</summary>
internal sealed class ObviousGallery(DistanceMetric metric)
{
    public List<GalleryItem> Items { get; } = [];

    public void Upsert(GalleryItem item)
    {
        Remove(item.Id);
        Items.Add(item);
    }

    public bool Remove(string id) => Items.RemoveAll(item => item.Id == id) == 1;

    public (string Id, string Label, double Distance)[] Nearest(float[] query, int count) =>
        [.. Items
            .Select(item => (item.Id, item.Label, Distance: Distance(query, item.Embedding.ToArray())))
            .OrderBy(match => match.Distance)
            .Take(count)];

    public double Distance(float[] x, float[] y) => metric == DistanceMetric.Euclidean
        ? Math.Sqrt(x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum())
        : 1 - (Dot(x, y) / Math.Sqrt(Dot(x, x) * Dot(y, y)));

    private static double Dot(float[] x, float[] y) => x.Zip(y, (a, b) => (double)a * b).Sum();
}
