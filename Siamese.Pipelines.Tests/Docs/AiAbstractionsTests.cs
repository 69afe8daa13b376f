using System.Numerics.Tensors;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.VectorData;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Tests.References;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Docs;

/// <summary>Holds docs/ai-abstractions.md to its word: its code stands here, and runs.</summary>
public sealed class AiAbstractionsTests
{
    private static readonly string Repository = Path.GetFullPath(Path.Combine(TestData.SampleDigits, "..", "..", ".."));

    [Test]
    public void All_code_of_the_page_stands_in_this_file()
    {
        string page = File.ReadAllText(Path.Combine(Repository, "docs", "ai-abstractions.md"));
        string file = Unindented(File.ReadAllText(Path.Combine(Repository, "Siamese.Pipelines.Tests", "Docs", "AiAbstractionsTests.cs")));
        string[] blocks = [.. page.Split("```csharp").Skip(1).Select(block => block.Split("```")[0].Trim())];

        Assert.That(blocks, Has.Length.EqualTo(7));
        foreach (string block in blocks)
        {
            Assert.That(file, Does.Contain(Unindented(block)));
        }
    }

    [Test]
    public async Task A_network_generates_with_layers_around_it()
    {
        string path = FaceData.Model("digits.onnx");
        using var folder = new TemporaryFolder();
        string image = folder.Image("digit.png", 28, 28, new Random(1));
        using ILoggerFactory loggers = LoggerFactory.Create(_ => { });
        IDistributedCache cache = Cache();

        using var generator = new ImageEmbeddingGenerator(EmbeddingModel.Load(path));
        var digit = new DataContent(File.ReadAllBytes(image), "image/png");
        ReadOnlyMemory<float> embedding = await generator.GenerateVectorAsync(digit);

        IEmbeddingGenerator<DataContent, Embedding<float>> layered = generator
            .AsBuilder()
            .UseLogging(loggers)
            .UseOpenTelemetry(sourceName: "faces")
            .UseDistributedCache(cache, layer => layer.CacheKeyAdditionalValues = [generator.Model.Identity])
            .Build();

        using (layered)
        {
            Assert.That((await layered.GenerateVectorAsync(digit)).ToArray(), Is.EqualTo(embedding.ToArray()));
            Assert.That(layered.GetRequiredService<EmbeddingSpace>(), Is.EqualTo(EmbeddingSpace.Of(generator.Model)));
        }
    }

    [Test]
    public async Task Services_hold_both_generators()
    {
        string path = FaceData.Model("digits.onnx");
        (string ssd, string landmarks, string resnet) = FaceFiles();
        IDistributedCache cache = Cache();
        var services = new ServiceCollection();

        services.AddImageEmbedder(_ => EmbeddingModel.Load(path), serviceKey: "digits");
        services.AddFaceEmbedder(_ => SsdFaceDetector.Load(ssd, landmarks), _ => FaceNetworks.Dlib.Load(resnet));

        await using (ServiceProvider provider = services.BuildServiceProvider())
        {
            var digits = provider.GetRequiredKeyedService<IEmbeddingGenerator<DataContent, Embedding<float>>>("digits");
            var faces = provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
            Assert.That(digits.GetRequiredService<EmbeddingModel>().Dimension, Is.EqualTo(10));
            Assert.That(faces, Is.SameAs(provider.GetRequiredService<FaceEmbeddingGenerator>()));
        }

        services.AddEmbeddingGenerator<DataContent, Embedding<float>>(provider => provider.GetRequiredService<FaceEmbeddingGenerator>())
            .UseDistributedCache(cache);

        await using ServiceProvider layered = services.BuildServiceProvider();
        var generator = layered.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
        Assert.That(generator, Is.Not.SameAs(layered.GetRequiredService<FaceEmbeddingGenerator>()));
        Assert.That(generator.GetService<FaceEmbeddingGenerator>(), Is.SameAs(layered.GetRequiredService<FaceEmbeddingGenerator>()));
    }

    [Test]
    public async Task Faces_are_generated_kept_and_found()
    {
        (string ssd, string landmarks, string resnet) = FaceFiles();
        string[] paths = [.. new[] { "ben_afflek", "madonna" }.SelectMany(person => TestData.Celebrity("train", person).Take(3))];
        DataContent[] photographs = [.. paths.Select(path => new DataContent(File.ReadAllBytes(path), "image/jpeg"))];
        using var folder = new TemporaryFolder();
        string file = folder.File("faces.db");

        using SsdFaceDetector detector = SsdFaceDetector.Load(ssd, landmarks);
        FaceModel model = FaceNetworks.Dlib.Load(resnet);
        using var faces = new FaceEmbeddingGenerator(detector, model, new() { Selection = FaceSelection.Largest });
        GeneratedEmbeddings<Embedding<float>> embeddings = await faces.GenerateAsync(photographs);

        GalleryItem[] items = [.. paths.Zip(embeddings, (path, embedding) =>
            new GalleryItem(path, Path.GetFileName(Path.GetDirectoryName(path))!, embedding.Vector))];
        using (Gallery filling = Gallery.Create(file, model.Space))
        {
            filling.Add(items);
        }

        string[] printed = await PrintedAsync(async () =>
        {
            using Gallery gallery = Gallery.OpenOrCreate(file, model.Space);
            using var collection = new GalleryCollection(gallery, "faces", faces);
            await foreach (VectorSearchResult<GalleryRecord> near in collection.SearchAsync(photographs[0], top: 3))
            {
                Console.WriteLine($"{near.Record.Label} {near.Score:F3}");
            }
        });
        Assert.That(printed[0], Is.EqualTo("ben_afflek 0.000"));
        Assert.That(printed[1..3], Is.All.StartsWith("ben_afflek"));

        VectorStore store = new ListStore(new ListCollection(DistanceFunction.EuclideanDistance));
        VectorStoreCollectionDefinition definition = GalleryRecord.Define(model.Space);
        VectorStoreCollection<string, GalleryRecord> vectors = store.GetCollection<string, GalleryRecord>("faces", definition);
        await using IGallery remote = await VectorStoreGallery.OpenOrCreateAsync(vectors, model.Space);

        await remote.AddAsync(items);
        IReadOnlyList<Match> nearest = await remote.NearestAsync(embeddings[4].Vector, 2);
        Assert.That(nearest.Select(match => match.Label), Is.All.EqualTo("madonna"));
        float expected = items.Where(item => item.Label == "madonna" && item.Id != nearest[0].Id)
            .Min(item => TensorPrimitives.Distance(item.Embedding.Span, embeddings[4].Vector.Span));
        Assert.That(nearest[1].Distance, Is.EqualTo(expected).Within(1e-6f));
    }

    private static (string Ssd, string Landmarks, string Resnet) FaceFiles() =>
        (FaceData.Model("face-ssd-mobilenetv1.onnx"), FaceData.Model("face-landmark-68.onnx"), FaceData.Model("face-resnet34-128.onnx"));

    private static MemoryDistributedCache Cache() => new(Options.Create(new MemoryDistributedCacheOptions()));

    private static async Task<string[]> PrintedAsync(Func<Task> run)
    {
        TextWriter console = Console.Out;
        using var writer = new StringWriter();
        Console.SetOut(writer);
        try
        {
            await run();
        }
        finally
        {
            Console.SetOut(console);
        }

        return writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string Unindented(string text) => string.Join('\n', text.Split('\n').Select(line => line.Trim()));
}
