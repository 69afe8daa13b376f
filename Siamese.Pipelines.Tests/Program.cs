using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

// The process that tests kill: it adds to a gallery's file one item after the other, and says each that is acknowledged.
using Gallery gallery = Gallery.OpenOrCreate(args[0], new EmbeddingSpace("a network", 2));
while (true)
{
    int next = gallery.Count;
    gallery.Add(next.ToString(CultureInfo.InvariantCulture), "", [next, 0]);
    Console.WriteLine(next);
}
