using Microsoft.Extensions.AI;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Embeddings;

/// <summary>What the generators of image embeddings share: the checks of what they are given, and batches side by side.</summary>
internal sealed class ImageGeneration(string modelId, int dimension, int parallelism)
{
    /// <summary>Embeds some values; the first of them is at an index of the call's values.</summary>
    public delegate float[][] Embed(ReadOnlySpan<DataContent> values, int first, CancellationToken cancellation);

    public EmbeddingGeneratorMetadata Metadata { get; } = new("siamese-pipelines", providerUri: null, modelId, dimension);

    public async Task<GeneratedEmbeddings<Embedding<float>>> RunAsync(
        IEnumerable<DataContent> values, EmbeddingGenerationOptions? options, int batch, Embed embed, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        DataContent[] contents = [.. values];
        for (int i = 0; i < contents.Length; i++)
        {
            Check(contents[i], i);
        }

        var embeddings = new Embedding<float>[contents.Length];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellation };
        batch = Math.Clamp(batch, 1, Math.Max(1, contents.Length));
        await Parallel.ForAsync(0, (contents.Length + batch - 1) / batch, parallel, (index, stop) =>
        {
            int first = index * batch;
            float[][] vectors = embed(contents.AsSpan(first, Math.Min(batch, contents.Length - first)), first, stop);
            for (int i = 0; i < vectors.Length; i++)
            {
                embeddings[first + i] = new Embedding<float>(vectors[i]) { ModelId = modelId };
            }

            return ValueTask.CompletedTask;
        }).ConfigureAwait(false);
        return new GeneratedEmbeddings<Embedding<float>>(embeddings);
    }

    /// <summary>Decodes a value, upright; errors say which of the values it is.</summary>
    public static MLImage Read(DataContent value, int index, ImageFileOptions options) => ImageFile.Read(value.Data, NameOf(value, index), options);

    /// <summary>Calls a value by its place, and by its own name where it has one.</summary>
    public static string NameOf(DataContent value, int index) => value.Name is { Length: > 0 } name ? $"values[{index}], {name}" : $"values[{index}]";

    private static void Check(DataContent? value, int index)
    {
        if (value is null)
        {
            throw new ArgumentException($"values[{index}] is null, but is to be an image file. Leave it out.", "values");
        }

        if (!value.HasTopLevelMediaType("image"))
        {
            throw new ArgumentException(
                $"'{NameOf(value, index)}' is of the media type '{value.MediaType}', but is to be an image. "
                + "Give the bytes of an image file with its media type, such as image/jpeg.",
                "values");
        }

        if (value.Data.IsEmpty)
        {
            throw new ArgumentException(
                $"'{NameOf(value, index)}' holds no data. Give the bytes of an image file: they are not fetched from anywhere.", "values");
        }
    }

    private void Check(EmbeddingGenerationOptions? options)
    {
        if (options?.ModelId is { } other && other != modelId)
        {
            throw new ArgumentException(
                $"The options ask for the model '{other}', but this generator runs '{modelId}'. "
                + "Leave the model out, or take the generator of that model.",
                nameof(options));
        }

        if (options?.Dimensions is { } dimensions && dimensions != dimension)
        {
            throw new ArgumentException(
                $"The options ask for {dimensions} dimensions, but the embeddings of this network have {dimension}, which cannot be cut down. "
                + "Leave the dimensions out.",
                nameof(options));
        }
    }
}
