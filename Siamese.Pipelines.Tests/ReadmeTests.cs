using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Rejection;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Faces;
using Siamese.Pipelines.Tests.Training;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Training.Augmentation;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests;

/// <summary>Holds README.md to its word: its code is that of a sample or of this file.</summary>
public sealed class ReadmeTests
{
    private static string Repository => Path.GetFullPath(Path.Combine(TestData.SampleDigits, "..", "..", ".."));

    [Test]
    public void The_first_program_is_the_quick_start()
    {
        string[] program = File.ReadAllLines(Path.Combine(Repository, "samples", "QuickStart", "Program.cs"));

        // The first line points the reader of the sample to README.md.
        Assert.That(ReadmeText(), Does.Contain(string.Join('\n', program[1..])));
    }

    [Test]
    public void The_chain_for_ones_own_images_trains_and_classifies()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        for (int i = 0; i < 12; i++)
        {
            folder.Image($"photos/{(i % 2 == 0 ? "cat" : "dog")}/{i}.png", 70 + i, 60, random);
        }

        string photosFolder = folder.File("photos");
        string checkpoint = folder.File("photos.checkpoint");
        var ml = new MLContext(seed: 1);

        IDataView photos = ImageFolder.Load(ml, photosFolder);
        var chain = ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(ml.MetricLearning.TripletNetwork("Embedding", "Path", options: new()
            {
                Input = new ImageInput(64, 64) { Scale = [1f / 255f] },
                Augmentation = new AffineAugmentation(),
                Checkpoint = checkpoint,
            }))
            .Append(ml.MetricLearning.NearestNeighbors("Label", "Embedding", new() { Neighbors = 5 }));
        ITransformer model = chain.Fit(photos);

        Assert.That(model.Transform(photos).GetColumn<uint>("PredictedLabel"), Is.All.InRange(1u, 2u));
        Assert.That(File.Exists(checkpoint));
        string readme = ReadmeText();
        Assert.That(readme, Does.Contain("var chain = ml.Transforms.Conversion.MapValueToKey(\"Label\")\n    .Append(ml.MetricLearning.TripletNetwork(\"Embedding\", \"Path\", options: new()"));
        Assert.That(readme, Does.Contain(".Append(ml.MetricLearning.NearestNeighbors(\"Label\", \"Embedding\", new() { Neighbors = 5 }));"));
        Assert.That(readme, Does.Contain("Input = new ImageInput(64, 64) { Scale = [1f / 255f] },"));
    }

    [Test]
    public void What_rejects_the_unknown_does()
    {
        var ml = new MLContext(seed: 1);
        IDataView train = StripedImages.View(ml, perClass: 500);
        IDataView test = StripedImages.View(ml, perClass: 50, seed: 2);
        var random = new Random(3);
        IDataView clothes = new LabeledImages([.. Enumerable.Range(0, 50 * 64).Select(_ => (byte)random.Next(256))], new byte[50], 8, 8).ToDataView(ml);

        using var embedder = ml.MetricLearning
            .TripletNetwork("Embedding", "Image", options: new() { Epochs = 2, Embedding = new() { HiddenColumnName = "Hidden" } })
            .Fit(train);
        var (learned, held) = embedder.SplitRows(embedder.Transform(train));
        using var rejecter = ml.MetricLearning
            .RejectUnknown(UnknownScore.NeighborDistance, falseRejectionRate: 0.01, new() { FeatureColumnName = "Hidden" })
            .Fit(learned, held);
        RejectionMetrics found = ml.MetricLearning.EvaluateRejection(
            rejecter.Transform(embedder.Transform(test)), rejecter.Transform(embedder.Transform(clothes)));

        Assert.That(found.Auroc, Is.GreaterThan(0.9));
        Assert.That(found.ShareOfKnownKept, Is.GreaterThan(0.9));
        Assert.That(ReadmeText(), Does.Contain(
            """
            var (learned, held) = embedder.SplitRows(embedder.Transform(train));             // held: rows that no weight has seen
            using var rejecter = ml.MetricLearning
                .RejectUnknown(UnknownScore.NeighborDistance, falseRejectionRate: 0.01, new() { FeatureColumnName = "Hidden" })
                .Fit(learned, held);
            RejectionMetrics found = ml.MetricLearning.EvaluateRejection(
                rejecter.Transform(embedder.Transform(test)), rejecter.Transform(embedder.Transform(clothes)));
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void Faces_are_embedded_kept_and_found()
    {
        string data = TestData.Full(Path.Combine("celebrities", "data", "train"));
        using var folder = new TemporaryFolder();
        var ml = new MLContext(seed: 1);
        IDataView photographs = ml.Data.TakeRows(ImageFolder.Load(ml, data), 18);
        string file = folder.File("faces.db");

        using SsdFaceDetector detector = FaceData.LoadSsd();
        FaceModel model = FaceData.LoadDlib();
        using FaceTransformer faces = ml.MetricLearning.EmbedFaces("Embedding", detector, model, "Path").Fit(photographs);
        IDataView embedded = ml.Data.FilterRowsByMissingValues(faces.Transform(photographs), "Embedding");
        using Gallery gallery = Gallery.OpenOrCreate(file, model.Space);
        gallery.Upsert(embedded, idColumnName: "Path");
        gallery.CalibrateIdentification(falseAcceptanceRate: 0.01);
        using var embedder = new FaceEmbedder(detector, model);
        Match? who = gallery.Identify(embedder.Embed(Path.Combine(data, "ben_afflek", "2.jpg"))[0].Embedding);

        Assert.That((gallery.Count, who?.Label), Is.EqualTo((18, "ben_afflek")));
        Assert.That(ReadmeText(), Does.Contain(
            """
            using FaceTransformer faces = ml.MetricLearning.EmbedFaces("Embedding", detector, model, "Path").Fit(photographs);
            IDataView embedded = ml.Data.FilterRowsByMissingValues(faces.Transform(photographs), "Embedding");   // those without a face

            using Gallery gallery = Gallery.OpenOrCreate("faces.db", model.Space);
            gallery.Upsert(embedded, idColumnName: "Path");
            gallery.CalibrateIdentification(falseAcceptanceRate: 0.01);

            using var embedder = new FaceEmbedder(detector, model);
            Match? who = gallery.Identify(embedder.Embed("holiday.jpg")[0].Embedding);
            """.ReplaceLineEndings("\n")));
    }

    private static string ReadmeText() => File.ReadAllText(Path.Combine(Repository, "README.md")).ReplaceLineEndings("\n");
}
