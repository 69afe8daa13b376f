using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Fuzzing;
using Siamese.Samples.Stores;

if (args[0] == FuzzChild.Command)
{
    FuzzChild.Run(args);
    return;
}

// The process that tests kill: it adds to a gallery one item after the other, and says each that is acknowledged.
await using IGallery gallery = await GalleryStore.OpenOrCreateAsync(args[0], new EmbeddingSpace("a network", 2));
for (long next = await gallery.CountAsync(); ; next++)
{
    await gallery.AddAsync(new GalleryItem(next.ToString(CultureInfo.InvariantCulture), "", new float[] { next, 0 }));
    Console.WriteLine(next);
}
