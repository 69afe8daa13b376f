using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Opens galleries in a file, searches them and lists them.</summary>
internal sealed class GalleryTarget : FuzzTarget
{
    public override string Name => "galleries";

    public override int UsualCount => 1500;

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "gallery.db");
        foreach (string old in Directory.EnumerateFiles(folder))
        {
            File.Delete(old);
        }

        File.WriteAllBytes(path, input);
        using Gallery gallery = Gallery.Open(path);
        gallery.Nearest(new float[gallery.Space.Dimension], count: 3);
        foreach (GalleryItem item in gallery.Items)
        {
            _ = item.Label.Length + item.Embedding.Length;
        }
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        string folder = Directory.CreateTempSubdirectory("siamese-fuzz-").FullName;
        try
        {
            foreach (int count in new[] { 0, 3, 40 })
            {
                string path = Path.Combine(folder, $"{count}.db");
                using (Gallery gallery = Gallery.Create(path, new EmbeddingSpace("a network", 4)))
                {
                    gallery.Add(Enumerable.Range(0, count).Select(i => new GalleryItem($"{i}", $"label {i % 3}", new float[] { i, 1, 2, 3 })
                    {
                        Metadata = new Dictionary<string, string> { ["path"] = $"{i}.jpg" },
                    }));
                }

                yield return File.ReadAllBytes(path);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
