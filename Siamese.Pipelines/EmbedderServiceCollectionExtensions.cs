using Microsoft.Extensions.AI;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds generators of embeddings to an application's services.</summary>
/// <remarks>
/// <para>
/// Each is a singleton under its own type and under <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of <see cref="DataContent"/>, which is what
/// the layers of Microsoft.Extensions.AI and the rest of an application take. The container disposes what its factories made.
/// </para>
/// <para>An application that has two of them gives each a key, and takes them with <c>[FromKeyedServices]</c>.</para>
/// </remarks>
public static class EmbedderServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="ImageEmbeddingGenerator"/> over an embedding network.</summary>
    /// <param name="services">The services.</param>
    /// <param name="model">Gives the network, once, when the generator is first asked for.</param>
    /// <param name="options">How images are read, batches and threads; null for the defaults.</param>
    /// <param name="serviceKey">The key of the generator and the network among the services; null for none.</param>
    /// <returns>The services, with the <see cref="EmbeddingModel"/> among them.</returns>
    public static IServiceCollection AddImageEmbedder(
        this IServiceCollection services,
        Func<IServiceProvider, EmbeddingModel> model,
        ImageEmbeddingGeneratorOptions? options = null,
        object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(model);
        services.AddKeyedSingleton(serviceKey, (provider, _) => model(provider));
        services.AddKeyedSingleton(
            serviceKey, (provider, key) => new ImageEmbeddingGenerator(provider.GetRequiredKeyedService<EmbeddingModel>(key), options));
        return services.AddGenerator<ImageEmbeddingGenerator>(serviceKey);
    }

    /// <summary>Adds an <see cref="ImageEmbeddingGenerator"/> over an embedding network.</summary>
    /// <param name="services">The services.</param>
    /// <param name="model">The network.</param>
    /// <param name="options">How images are read, batches and threads; null for the defaults.</param>
    /// <param name="serviceKey">The key of the generator and the network among the services; null for none.</param>
    /// <returns>The services, with the <see cref="EmbeddingModel"/> among them.</returns>
    public static IServiceCollection AddImageEmbedder(
        this IServiceCollection services, EmbeddingModel model, ImageEmbeddingGeneratorOptions? options = null, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return services.AddImageEmbedder(_ => model, options, serviceKey);
    }

    /// <summary>Adds a <see cref="FaceEmbeddingGenerator"/>: detect, align, embed.</summary>
    /// <param name="services">The services.</param>
    /// <param name="detector">Gives what finds the faces, once, when the generator is first asked for; the container disposes it.</param>
    /// <param name="model">Gives the network that embeds them, once.</param>
    /// <param name="options">Which face is taken, and what becomes of images without one; null for the defaults.</param>
    /// <param name="serviceKey">The key of the generator, the detector and the network among the services; null for none.</param>
    /// <returns>The services, with the <see cref="FaceDetector"/> and the <see cref="FaceModel"/> among them.</returns>
    public static IServiceCollection AddFaceEmbedder(
        this IServiceCollection services,
        Func<IServiceProvider, FaceDetector> detector,
        Func<IServiceProvider, FaceModel> model,
        FaceEmbeddingGeneratorOptions? options = null,
        object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(model);
        services.AddKeyedSingleton(serviceKey, (provider, _) => detector(provider));
        services.AddKeyedSingleton(serviceKey, (provider, _) => model(provider));
        services.AddKeyedSingleton(
            serviceKey,
            (provider, key) => new FaceEmbeddingGenerator(
                provider.GetRequiredKeyedService<FaceDetector>(key), provider.GetRequiredKeyedService<FaceModel>(key), options));
        return services.AddGenerator<FaceEmbeddingGenerator>(serviceKey);
    }

    private static IServiceCollection AddGenerator<T>(this IServiceCollection services, object? serviceKey)
        where T : class, IEmbeddingGenerator<DataContent, Embedding<float>>
    {
        services.AddKeyedSingleton<IEmbeddingGenerator<DataContent, Embedding<float>>>(
            serviceKey, (provider, key) => provider.GetRequiredKeyedService<T>(key));
        services.AddKeyedSingleton<IEmbeddingGenerator>(serviceKey, (provider, key) => provider.GetRequiredKeyedService<T>(key));
        return services;
    }
}
