using Microsoft.Extensions.AI;

namespace Siamese.Pipelines.Tests.Embeddings;

/// <summary>Counts the images that reach a generator.</summary>
internal sealed class CountingGenerator(IEmbeddingGenerator<DataContent, Embedding<float>> inner)
    : DelegatingEmbeddingGenerator<DataContent, Embedding<float>>(inner)
{
    private int _images;

    public int Images => _images;

    public override Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        DataContent[] contents = [.. values];
        Interlocked.Add(ref _images, contents.Length);
        return base.GenerateAsync(contents, options, cancellationToken);
    }
}
