using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;

namespace Siamese.Pipelines.Tests.Faces;

public sealed class FaceEmbeddingGeneratorTests
{
    private readonly FaceModel _model = DrawnFaces.Model();
    private readonly DrawnFaceDetector _detector = new();

    [OneTimeTearDown]
    public void Dispose() => _detector.Dispose();

    [TestCase(FaceSelection.Largest)]
    [TestCase(FaceSelection.MostCentral)]
    public async Task GenerateAsync_gives_the_embeddings_of_FaceEmbedder_to_the_bit(FaceSelection selection)
    {
        MLImage[] pictures = [.. Enumerable.Range(0, 17).Select(i => DrawnFaces.Image(i, (i % 5, i % 4, 200, 4), (7, 5, 100, 3)))];
        using var embedder = new FaceEmbedder(_detector, _model, new FaceOptions { Selection = selection });
        using var generator = new FaceEmbeddingGenerator(_detector, _model, new() { Selection = selection });

        GeneratedEmbeddings<Embedding<float>> found = await generator.GenerateAsync(pictures.Select(Content));

        Assert.That(
            found.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(pictures.Select(picture => embedder.Embed(picture)[0].Embedding)));
        Assert.That(found.Select(embedding => embedding.ModelId), Is.All.EqualTo(_model.Space.Network));
    }

    [Test]
    public async Task A_photograph_gives_the_embedding_that_FaceEmbedder_gives()
    {
        string[] names = [.. FaceData.Expected.Chain.Distances.SelectMany(pair => new[] { pair.A, pair.B }).Distinct().Take(4)];
        string[] paths = [.. names.Select(FaceData.Lfw)];
        using SsdFaceDetector detector = FaceData.LoadSsd();
        using var embedder = new FaceEmbedder(detector, FaceData.LoadDlib());
        using var generator = new FaceEmbeddingGenerator(detector, FaceData.LoadDlib());

        GeneratedEmbeddings<Embedding<float>> found =
            await generator.GenerateAsync(paths.Select(path => new DataContent(File.ReadAllBytes(path), "image/jpeg")));

        Assert.That(found.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(paths.Select(path => embedder.Embed(path)[0].Embedding)));
    }

    [Test]
    public async Task An_image_without_a_face_is_an_error_unless_the_options_say_otherwise()
    {
        DataContent face = Content(DrawnFaces.Image(1, (2, 3, 200, 4)));
        using MLImage empty = DrawnFaces.Image(2);
        DataContent none = Content(empty);
        none.Name = "wall.png";
        using var strict = new FaceEmbeddingGenerator(_detector, _model);
        using var marking = new FaceEmbeddingGenerator(_detector, _model, new() { NoFace = NoFacePolicy.Mark });
        using var whole = new FaceEmbeddingGenerator(_detector, _model, new() { NoFace = NoFacePolicy.WholeImage });
        using var embedder = new FaceEmbedder(_detector, _model, new FaceOptions { NoFace = NoFacePolicy.WholeImage });

        Assert.That(
            async () => await strict.GenerateAsync([face, none]),
            Throws.InvalidOperationException
                .With.Message.Contains("'values[1], wall.png' shows no face").And.Message.Contains("FaceEmbeddingGeneratorOptions.NoFace")
                    .And.Message.Contains("TurnBelowScore"));
        Assert.That((await marking.GenerateAsync([face, none]))[1].Vector.ToArray(), Is.EqualTo(new[] { float.NaN, float.NaN, float.NaN }));
        Assert.That((await whole.GenerateAsync([face, none]))[1].Vector.ToArray(), Is.EqualTo(embedder.Embed(empty)[0].Embedding));
    }

    [Test]
    public void Faces_at_the_edge_are_dropped_where_the_options_say_so()
    {
        using var generator = new FaceEmbeddingGenerator(_detector, _model, new() { Border = BorderFaces.Drop });

        Assert.That(
            async () => await generator.GenerateAsync([Content(DrawnFaces.Image(1, (0, 3, 200, 4)))]),
            Throws.InvalidOperationException.With.Message.Contains("no face"));
    }

    [Test]
    public void Cancellation_stops_between_two_images()
    {
        using var cancellation = new CancellationTokenSource();
        using var detector = new CountingDetector(_detector, count =>
        {
            if (count == 3)
            {
                cancellation.Cancel();
            }
        });
        using var generator = new FaceEmbeddingGenerator(detector, _model, new() { Scoring = new() { MaxDegreeOfParallelism = 1 } });
        DataContent[] images = [.. Enumerable.Range(0, 50).Select(i => Content(DrawnFaces.Image(i, (2, 3, 200, 4))))];

        Assert.That(
            async () => await generator.GenerateAsync(images, cancellationToken: cancellation.Token),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(detector.Pictures, Is.EqualTo(3));
    }

    [Test]
    public async Task A_cached_image_is_not_looked_at_again()
    {
        using var detector = new CountingDetector(_detector);
        IDistributedCache cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));
        using IEmbeddingGenerator<DataContent, Embedding<float>> generator = new FaceEmbeddingGenerator(detector, _model)
            .AsBuilder().UseDistributedCache(cache).Build();
        DataContent[] images = [.. Enumerable.Range(0, 5).Select(i => Content(DrawnFaces.Image(i, (2, 3, 200, 4))))];

        GeneratedEmbeddings<Embedding<float>> first = await generator.GenerateAsync(images);
        GeneratedEmbeddings<Embedding<float>> second = await generator.GenerateAsync(images);

        Assert.That(detector.Pictures, Is.EqualTo(5));
        Assert.That(second.Select(embedding => embedding.Vector.ToArray()), Is.EqualTo(first.Select(embedding => embedding.Vector.ToArray())));
    }

    [Test]
    public void Services_make_the_chain_once_and_dispose_it_with_its_detector()
    {
        var detector = new CountingDetector(_detector);
        var services = new ServiceCollection().AddFaceEmbedder(_ => detector, _ => _model, new() { ModelId = "drawn" });
        using (ServiceProvider provider = services.BuildServiceProvider())
        {
            var generator = provider.GetRequiredService<IEmbeddingGenerator<DataContent, Embedding<float>>>();
            Assert.That(generator, Is.SameAs(provider.GetRequiredService<FaceEmbeddingGenerator>()));
            Assert.That(generator.GetRequiredService<FaceDetector>(), Is.SameAs(detector));
            Assert.That(generator.GetRequiredService<FaceModel>(), Is.SameAs(_model));
            Assert.That(generator.GetRequiredService<EmbeddingSpace>(), Is.EqualTo(_model.Space));
            EmbeddingGeneratorMetadata metadata = generator.GetRequiredService<EmbeddingGeneratorMetadata>();
            Assert.That((metadata.DefaultModelId, metadata.DefaultModelDimensions), Is.EqualTo(("drawn", 3)));
            Assert.That(detector.IsDisposed, Is.False);
        }

        Assert.That(detector.IsDisposed);
    }

    [Test]
    public void All_faces_are_refused_since_a_value_has_one_embedding()
    {
        Assert.That(
            () => new FaceEmbeddingGeneratorOptions { Selection = FaceSelection.All },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("Selection").And.Message.Contains("MostCentral"));
        Assert.That(
            () => new FaceEmbeddingGeneratorOptions { NoFace = (NoFacePolicy)9 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("NoFace").And.Message.Contains("WholeImage"));
    }

    private static DataContent Content(MLImage image)
    {
        using var file = new TemporaryFile(".png");
        image.Save(file.Path);
        return new DataContent(File.ReadAllBytes(file.Path), "image/png");
    }
}
