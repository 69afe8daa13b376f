using Microsoft.Extensions.AI;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Training;
using Siamese.Training.Weights;

namespace Siamese.Pipelines.Tests.Onnx;

/// <summary>Disposes everything that holds a network while 16 threads run it: ONNX Runtime itself then ends the process.</summary>
public sealed class DisposalTests
{
    private const int Threads = 16;

    // A public type that is disposable must stand here or among the subjects.
    private static readonly Type[] WithoutNetwork = [typeof(Gallery), typeof(GalleryCollection), typeof(FaceDetector), typeof(Vgg16Weights)];

    private static readonly MLContext Ml = new(seed: 1);

    private static readonly Dictionary<Type, Func<Subject>> Subjects = new()
    {
        [typeof(ImageEmbedder)] = () =>
        {
            ImageEmbedder embedder = SmallNetwork.Create().CreateEmbedder(new OnnxScoringOptions { BatchSize = 3 });
            return new Subject(embedder, () => embedder.Embed(new float[16 * 20]));
        },
        [typeof(ImageEmbeddingGenerator)] = () =>
        {
            var generator = new ImageEmbeddingGenerator(DrawnFaces.Model().Embedding, new() { Scoring = new() { BatchSize = 1, MaxDegreeOfParallelism = 2 } });
            DataContent[] images = [.. Enumerable.Range(0, 8).Select(Png)];
            return new Subject(generator, () => generator.GenerateAsync(images).GetAwaiter().GetResult());
        },
        [typeof(ImageEmbeddingTransformer)] = () =>
        {
            IDataView rows = Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(500));
            var options = new EmbedImagesOptions { Scoring = new() { BatchSize = 7, MaxDegreeOfParallelism = 2 } };
            ImageEmbeddingTransformer transformer = Ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels", options).Fit(rows);
            return new Subject(transformer, () => SmallNetwork.Embeddings(transformer.Transform(rows)));
        },
        [typeof(TripletNetworkTransformer)] = () =>
        {
            IDataView rows = Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(500));
            var transformer = new TripletNetworkTransformer(
                Ml, SmallNetwork.Create(), "Embedding", "Pixels", ImageColumnKind.Pixels, new EmbedImagesOptions { Scoring = new() { BatchSize = 7 } }, null!, null!, 500);
            return new Subject(transformer, () => SmallNetwork.Embeddings(transformer.Transform(rows)));
        },
        [typeof(BatchedOnnxTransformer)] = () =>
        {
            IDataView rows = Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(500));
            var step = new OnnxStep(
                SmallNetwork.Create().Graph, [new OnnxColumn("Pixels", "image", [1, 4, 4])], [new OnnxColumn("Embedding", "embedding", [SmallNetwork.Dimension])]);
            var transformer = new BatchedOnnxTransformer(Ml, step, new OnnxScoringOptions { BatchSize = 7 });
            return new Subject(transformer, () => SmallNetwork.Embeddings(transformer.Transform(rows)));
        },
        [typeof(RejectUnknownTransformer)] = () =>
        {
            IDataView rows = Ml.Transforms.CopyColumns("Features", "Pixels").Fit(Rows(300)).Transform(Rows(300));
            RejectUnknownTransformer rejecter = Ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05).Fit(rows);
            return new Subject(rejecter, () => SmallNetwork.Embeddings(rejecter.Transform(rows), "UnknownScore"));
        },
        [typeof(FaceEmbedder)] = () =>
        {
            FacePicture picture = Picture();
            var embedder = new FaceEmbedder(new DrawnFaceDetector(), DrawnFaces.Model(), new FaceOptions { Selection = FaceSelection.All });
            return new Subject(embedder, () => embedder.Embed(picture, "picture"));
        },
        [typeof(FaceEmbeddingGenerator)] = () =>
        {
            var generator = new FaceEmbeddingGenerator(new DrawnFaceDetector(), DrawnFaces.Model());
            DataContent[] images = [.. Enumerable.Range(0, 8).Select(Png)];
            return new Subject(generator, () => generator.GenerateAsync(images).GetAwaiter().GetResult());
        },
        [typeof(FaceTransformer)] = () =>
        {
            IDataView view = DrawnFaces.View(Ml, 30);
            FaceTransformer transformer = Ml.MetricLearning.EmbedFaces("Embedding", new DrawnFaceDetector(), DrawnFaces.Model(), "Image").Fit(view);
            return new Subject(transformer, () => SmallNetwork.Embeddings(transformer.Transform(DrawnFaces.View(Ml, 30))));
        },
        [typeof(SsdFaceDetector)] = () =>
        {
            FacePicture picture = Picture();
            SsdFaceDetector detector = FaceData.LoadSsd();
            return new Subject(detector, () => detector.Detect(picture));
        },
        [typeof(YuNetFaceDetector)] = () =>
        {
            FacePicture picture = Picture();
            YuNetFaceDetector detector = YuNetFaceDetector.Load(FaceData.YuNet());
            return new Subject(detector, () => detector.Detect(picture));
        },
    };

    private static IEnumerable<Type> Types => Subjects.Keys;

    [Test]
    public void Every_public_disposable_type_is_tried_or_known_to_hold_no_network()
    {
        IEnumerable<Type> disposable = new[] { typeof(EmbeddingModel), typeof(TripletNetworkTransformer) }
            .SelectMany(type => type.Assembly.GetExportedTypes())
            .Where(type => !type.IsInterface && typeof(IDisposable).IsAssignableFrom(type) && type.Namespace!.StartsWith("Siamese", StringComparison.Ordinal))
            .Where(type => !typeof(TorchSharp.torch.nn.Module).IsAssignableFrom(type));

        Assert.That(disposable, Is.EquivalentTo(Subjects.Keys.Concat(WithoutNetwork)));
    }

    [TestCaseSource(nameof(Types))]
    public void What_runs_while_it_is_disposed_ends_and_what_begins_later_is_refused(Type type)
    {
        foreach (int wait in new[] { 0, 1, 15 })
        {
            Subject subject = Subjects[type]();
            int runs = 0;
            var unexpected = new List<Exception>();
            using var start = new Barrier(Threads + 1);
            Thread[] threads =
            [
                .. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
                {
                    start.SignalAndWait();
                    try
                    {
                        while (true)
                        {
                            subject.Run();
                            Interlocked.Increment(ref runs);
                        }
                    }
                    catch (Exception exception) when (IsDisposed(exception))
                    {
                    }
                    catch (Exception exception)
                    {
                        lock (unexpected)
                        {
                            unexpected.Add(exception);
                        }
                    }
                })),
            ];
            Array.ForEach(threads, thread => thread.Start());
            start.SignalAndWait();
            Thread.Sleep(wait);

            subject.Disposable.Dispose();
            Array.ForEach(threads, thread => thread.Join());
            subject.Disposable.Dispose();

            Assert.That(unexpected, Is.Empty, $"after {wait} ms and {runs} runs");
            Assert.That(() => subject.Run(), Throws.Exception.Matches<Exception>(IsDisposed));
        }
    }

    [Test]
    public void A_cursor_whose_transformer_is_disposed_hands_out_the_block_that_it_has_and_refuses_the_next()
    {
        IDataView rows = Rows(100);
        var options = new EmbedImagesOptions { Scoring = new() { BatchSize = 1, MaxDegreeOfParallelism = 2 } };
        ImageEmbeddingTransformer transformer = Ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels", options).Fit(rows);
        IDataView view = transformer.Transform(rows);
        float[][] expected = SmallNetwork.Embeddings(view);
        using DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetGetter<VBuffer<float>>(view.Schema["Embedding"]);
        VBuffer<float> embedding = default;
        cursor.MoveNext();

        transformer.Dispose();

        getter(ref embedding);
        Assert.That(embedding.DenseValues(), Is.EqualTo(expected[0]));
        int handedOut = 1;
        Assert.That(
            () =>
            {
                while (cursor.MoveNext())
                {
                    getter(ref embedding);
                    Assert.That(embedding.DenseValues(), Is.EqualTo(expected[handedOut++]));
                }
            },
            Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(nameof(ImageEmbeddingTransformer)));
        Assert.That(handedOut, Is.InRange(1, 99));
    }

    [Test]
    public void A_cursor_that_is_disposed_twice_or_read_afterwards_does_no_harm()
    {
        IDataView rows = Rows(10);
        using ImageEmbeddingTransformer transformer = Ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels").Fit(rows);
        IDataView view = transformer.Transform(rows);
        DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
        cursor.MoveNext();

        cursor.Dispose();
        cursor.Dispose();

        Assert.That(
            () =>
            {
                while (cursor.MoveNext())
                {
                }
            },
            Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void A_run_that_throws_is_no_longer_counted()
    {
        int freed = 0;
        var uses = new UseCount(typeof(DisposalTests), () => freed++);

        uses.Enter();
        uses.Enter();
        uses.Dispose();
        uses.Dispose();
        Assert.That(freed, Is.Zero, "two uses are in progress");
        uses.Exit();
        Assert.That(freed, Is.Zero, "one use is in progress");
        uses.Exit();

        Assert.That(freed, Is.EqualTo(1));
        Assert.That(uses.Enter, Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(nameof(DisposalTests)));
        uses.Dispose();
        Assert.That(freed, Is.EqualTo(1));
    }

    [Test]
    public void What_a_callback_within_a_run_disposes_is_used_to_the_end_of_the_run()
    {
        ImageEmbedder embedder = SmallNetwork.Create(ColorOrder.Rgb).CreateEmbedder();
        using OnnxSession.Use use = embedder.Enter();

        embedder.Dispose();

        Assert.That(embedder.Run(use, new float[3 * 16], 1), Is.EqualTo(new float[SmallNetwork.Dimension]));
        Assert.That(() => embedder.Embed(new float[3 * 16]), Throws.TypeOf<ObjectDisposedException>().With.Message.Contains(nameof(ImageEmbedder)));
    }

    // ML.NET's own steps hand rows out from several threads, and wrap what one of them throws.
    private static bool IsDisposed(Exception? exception) => exception is ObjectDisposedException || exception?.InnerException is ObjectDisposedException;

    private static IDataView Rows(int count) => Ml.Data.LoadFromEnumerable(SmallNetwork.Rows(count));

    private static DataContent Png(int seed)
    {
        using MLImage image = DrawnFaces.Image(seed, (2, 1, 128, 4));
        using var file = new TemporaryFile(".png");
        image.Save(file.Path);
        return new DataContent(File.ReadAllBytes(file.Path), "image/png");
    }

    private static FacePicture Picture()
    {
        using MLImage image = DrawnFaces.Image(1, (2, 1, 128, 4), (7, 5, 64, 3));
        return FacePicture.Read(image);
    }

    private sealed record Subject(IDisposable Disposable, Action Run);
}
