using System.Diagnostics;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.Faces;

namespace Siamese.Pipelines.Tests.Embeddings;

public sealed class ImageEmbeddingGeneratorTests
{
    private readonly EmbeddingModel _model = SmallNetwork.Create(ColorOrder.Rgb);
    private readonly List<string> _paths = [];
    private TemporaryFolder _folder = null!;
    private DataContent[] _images = [];
    private float[][] _expected = [];

    [OneTimeSetUp]
    public void Draw()
    {
        _folder = new TemporaryFolder();
        var random = new Random(1);
        using ImageEmbedder embedder = _model.CreateEmbedder();
        for (int i = 0; i < 23; i++)
        {
            _paths.Add(_folder.Image($"{i}.png", 4 + random.Next(30), 4 + random.Next(30), random));
        }

        _images = [.. _paths.Select(path => new DataContent(File.ReadAllBytes(path), "image/png"))];
        _expected = [.. _paths.Select(embedder.Embed)];
    }

    [OneTimeTearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public async Task GenerateAsync_gives_the_embeddings_of_ImageEmbedder_to_the_bit([Values(1, 5, 100)] int batch, [Values(1, 3)] int parallel)
    {
        using var generator = new ImageEmbeddingGenerator(_model, new() { Scoring = new() { BatchSize = batch, MaxDegreeOfParallelism = parallel } });

        GeneratedEmbeddings<Embedding<float>> found = await generator.GenerateAsync(_images);

        Assert.That(found.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(_expected));
        Assert.That(found.Select(embedding => embedding.ModelId), Is.All.EqualTo(_model.Identity));
    }

    [Test]
    public async Task A_network_of_convolutions_gives_the_same_bits_in_batches()
    {
        EmbeddingModel digits = EmbeddingModel.Load(FaceData.Model("digits.onnx"));
        using ImageEmbedder embedder = digits.CreateEmbedder();
        using var generator = new ImageEmbeddingGenerator(digits);

        GeneratedEmbeddings<Embedding<float>> found = await generator.GenerateAsync(_images);

        Assert.That(found.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(_paths.Select(embedder.Embed)));
    }

    [Test]
    public async Task A_photograph_is_turned_upright_unless_the_options_say_no()
    {
        string path = Path.Combine(TestContext.CurrentContext.TestDirectory, "Data", "images", "exif-6.jpg");
        var image = new DataContent(File.ReadAllBytes(path), "image/jpeg");
        using ImageEmbedder embedder = _model.CreateEmbedder();
        using var generator = new ImageEmbeddingGenerator(_model);
        using var lying = new ImageEmbeddingGenerator(_model, new() { File = new() { HonorOrientation = false } });

        Assert.That((await generator.GenerateVectorAsync(image)).ToArray(), Is.EqualTo(embedder.Embed(path)));
        Assert.That((await lying.GenerateVectorAsync(image)).ToArray(), Is.Not.EqualTo(embedder.Embed(path)));
    }

    [Test]
    public async Task No_values_give_no_embeddings()
    {
        using var generator = new ImageEmbeddingGenerator(_model);

        Assert.That(await generator.GenerateAsync([]), Is.Empty);
    }

    [Test]
    public async Task Many_threads_share_one_generator()
    {
        using var generator = new ImageEmbeddingGenerator(_model, new() { Scoring = new() { BatchSize = 4 } });

        GeneratedEmbeddings<Embedding<float>>[] found = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(start => Task.Run(() => generator.GenerateAsync(_images.Skip(start % 20)))));

        for (int i = 0; i < found.Length; i++)
        {
            Assert.That(found[i].Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(_expected.Skip(i % 20)));
        }
    }

    [Test]
    public void A_cancelled_call_embeds_nothing()
    {
        using var generator = new ImageEmbeddingGenerator(_model);

        Assert.That(
            async () => await generator.GenerateAsync(_images, cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Values_that_are_no_images_are_refused_by_their_place()
    {
        using var generator = new ImageEmbeddingGenerator(_model);
        byte[] png = _images[0].Data.ToArray();

        Refused(
            Throws.ArgumentException.With.Property("ParamName").EqualTo("values").And.Message.Contains("values[1]").And.Message.Contains("is null"),
            (DataContent)null!);
        Refused(
            Throws.ArgumentException.With.Property("ParamName").EqualTo("values")
                .And.Message.Contains("'values[1]'").And.Message.Contains("'application/pdf'").And.Message.Contains("image/jpeg"),
            new DataContent(png, "application/pdf"));
        Refused(
            Throws.ArgumentException.With.Message.Contains("'values[1], holiday.jpg' holds no data"),
            new DataContent(ReadOnlyMemory<byte>.Empty, "image/png") { Name = "holiday.jpg" });
        Refused(Throws.ArgumentException.With.Message.Contains("'values[1]' holds no data"), new DataContent("data:image/png;base64,"));
        Refused(
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'values[1]' does not hold an image"),
            new DataContent("not an image"u8.ToArray(), "image/png"));
        Refused(
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'values[1]' is cut short"),
            new DataContent(png.AsMemory(0, png.Length - 13), "image/png"));
        Assert.That(async () => await generator.GenerateAsync(null!), Throws.ArgumentNullException);

        void Refused(NUnit.Framework.Constraints.IResolveConstraint why, DataContent second) =>
            Assert.That(async () => await generator.GenerateAsync([_images[0], second]), why);
    }

    [Test]
    public void Images_of_too_many_pixels_are_refused_before_they_are_decoded()
    {
        using var generator = new ImageEmbeddingGenerator(_model, new() { File = new() { MaximumPixels = 10 } });

        Assert.That(
            async () => await generator.GenerateAsync([_images[0]]),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("'values[0]'").And.Message.Contains("at most 10"));
    }

    [Test]
    public async Task Options_may_name_what_the_generator_is_and_nothing_else()
    {
        using var generator = new ImageEmbeddingGenerator(_model, new() { ModelId = "small" });

        Embedding<float> found = await generator.GenerateAsync(_images[0], new EmbeddingGenerationOptions { ModelId = "small", Dimensions = 3 });

        Assert.That((found.ModelId, found.Dimensions), Is.EqualTo(("small", 3)));
        Assert.That(
            async () => await generator.GenerateAsync(_images[0], new EmbeddingGenerationOptions { ModelId = "large" }),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("options").And.Message.Contains("'large'").And.Message.Contains("'small'"));
        Assert.That(
            async () => await generator.GenerateAsync(_images[0], new EmbeddingGenerationOptions { Dimensions = 2 }),
            Throws.ArgumentException.With.Message.Contains("2 dimensions").And.Message.Contains("have 3"));
    }

    [Test]
    public async Task A_disposed_generator_says_so()
    {
        var generator = new ImageEmbeddingGenerator(_model);
        await generator.GenerateAsync(_images);
        generator.Dispose();
        generator.Dispose();

        Assert.That(
            async () => await generator.GenerateAsync(_images),
            Throws.TypeOf<ObjectDisposedException>().With.Property("ObjectName").Contains(nameof(ImageEmbeddingGenerator)));
    }

    [Test]
    public void GetService_gives_what_the_generator_is_made_of_through_all_layers()
    {
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = new ImageEmbeddingGenerator(_model)
            .AsBuilder().UseDistributedCache(Cache()).UseOpenTelemetry().UseLogging(LoggerFactory.Create(_ => { })).Build();

        EmbeddingGeneratorMetadata metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
        Assert.That(
            (metadata.ProviderName, metadata.DefaultModelId, metadata.DefaultModelDimensions), Is.EqualTo(("siamese-pipelines", _model.Identity, 3)));
        Assert.That(generator.GetService<ImageEmbeddingGenerator>()!.Model, Is.SameAs(_model));
        Assert.That(generator.GetService<EmbeddingModel>(), Is.SameAs(_model));
        Assert.That(generator.GetService<EmbeddingSpace>(), Is.EqualTo(EmbeddingSpace.Of(_model)));
        Assert.That(generator.GetService(typeof(EmbeddingModel), "a key"), Is.Null);
        Assert.That(generator.GetService<string>(), Is.Null);
    }

    [Test]
    public async Task A_distributed_cache_keeps_images_from_the_network()
    {
        var counting = new CountingGenerator(new ImageEmbeddingGenerator(_model));
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = counting.AsBuilder().UseDistributedCache(Cache()).Build();

        GeneratedEmbeddings<Embedding<float>> first = await generator.GenerateAsync(_images);
        GeneratedEmbeddings<Embedding<float>> second = await generator.GenerateAsync([.. _images.Take(3), .. _images]);

        Assert.That(counting.Images, Is.EqualTo(_images.Length));
        Assert.That(first.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(_expected));
        Assert.That(second.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(_expected.Take(3).Concat(_expected)));
    }

    [Test]
    public async Task Two_networks_share_a_cache_where_the_model_is_part_of_the_key()
    {
        IDistributedCache cache = Cache();
        EmbeddingModel other = SmallNetwork.Create(ColorOrder.Bgr);
        using IEmbeddingGenerator<DataContent, Embedding<float>> one = Cached(_model);
        using IEmbeddingGenerator<DataContent, Embedding<float>> two = Cached(other);
        using ImageEmbedder embedder = other.CreateEmbedder();

        float[] first = (await one.GenerateVectorAsync(_images[0])).ToArray();
        float[] second = (await two.GenerateVectorAsync(_images[0])).ToArray();

        Assert.That(first, Is.EqualTo(_expected[0]));
        Assert.That(second, Is.EqualTo(embedder.Embed(_paths[0])).And.Not.EqualTo(first));

        IEmbeddingGenerator<DataContent, Embedding<float>> Cached(EmbeddingModel model) => new ImageEmbeddingGenerator(model)
            .AsBuilder().UseDistributedCache(cache, layer => layer.CacheKeyAdditionalValues = [model.Identity]).Build();
    }

    [Test]
    public async Task Telemetry_and_log_say_the_model_and_the_calls()
    {
        const string Source = nameof(Telemetry_and_log_say_the_model_and_the_calls);
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Source,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        using var log = new CollectedLog();
        using ILoggerFactory factory = LoggerFactory.Create(builder => builder.AddProvider(log).SetMinimumLevel(LogLevel.Debug));
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = new ImageEmbeddingGenerator(_model, new() { ModelId = "small" })
            .AsBuilder().UseOpenTelemetry(sourceName: Source).UseLogging(factory).Build();

        await generator.GenerateAsync(_images.Take(2));

        Assert.That(activities, Has.Count.EqualTo(1));
        Assert.That(activities[0].GetTagItem("gen_ai.request.model"), Is.EqualTo("small"));
        Assert.That(activities[0].GetTagItem("gen_ai.provider.name"), Is.EqualTo("siamese-pipelines"));
        Assert.That(log.Messages, Has.Some.Contains("GenerateAsync invoked").And.Some.Contains("generated 2"));
    }

    [Test]
    public async Task Services_hold_one_generator_under_its_types_and_dispose_it()
    {
        int loads = 0;
        ImageEmbeddingGenerator generator;
        await using (ServiceProvider provider = new ServiceCollection().AddImageEmbedder(_ =>
        {
            loads++;
            return _model;
        }).BuildServiceProvider())
        {
            generator = provider.GetRequiredService<ImageEmbeddingGenerator>();
            Assert.That(provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>(), Is.SameAs(generator));
            Assert.That(provider.GetRequiredService<IEmbeddingGenerator>(), Is.SameAs(generator));
            Assert.That(provider.GetRequiredService<EmbeddingModel>(), Is.SameAs(_model));
            Assert.That(loads, Is.EqualTo(1));
            Assert.That((await generator.GenerateVectorAsync(_images[0])).ToArray(), Is.EqualTo(_expected[0]));
        }

        Assert.That(async () => await generator.GenerateAsync(_images), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Two_embedders_live_beside_each_other_under_keys()
    {
        EmbeddingModel other = SmallNetwork.Create(ColorOrder.Bgr);
        using ServiceProvider provider = new ServiceCollection()
            .AddImageEmbedder(_model, serviceKey: "one")
            .AddImageEmbedder(other, new() { ModelId = "the other" }, "two")
            .BuildServiceProvider();

        var one = provider.GetRequiredKeyedService<IEmbeddingGenerator<DataContent, Embedding<float>>>("one");
        var two = provider.GetRequiredKeyedService<IEmbeddingGenerator<DataContent, Embedding<float>>>("two");

        Assert.That(one.GetRequiredService<EmbeddingModel>(), Is.SameAs(_model));
        Assert.That(two.GetRequiredService<EmbeddingModel>(), Is.SameAs(other));
        Assert.That(two.GetRequiredService<EmbeddingGeneratorMetadata>().DefaultModelId, Is.EqualTo("the other"));
        Assert.That(provider.GetService<IEmbeddingGenerator<DataContent, Embedding<float>>>(), Is.Null);
    }

    [Test]
    public void Arguments_that_are_missing_are_named()
    {
        Assert.That(() => new ImageEmbeddingGenerator(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("model"));
        Assert.That(
            () => new ImageEmbeddingGeneratorOptions { ModelId = " " }, Throws.ArgumentException.With.Property("ParamName").EqualTo("ModelId"));
        Assert.That(
            () => new ServiceCollection().AddImageEmbedder((EmbeddingModel)null!),
            Throws.ArgumentNullException.With.Property("ParamName").EqualTo("model"));
    }

    private static MemoryDistributedCache Cache() => new(Options.Create(new MemoryDistributedCacheOptions()));
}
