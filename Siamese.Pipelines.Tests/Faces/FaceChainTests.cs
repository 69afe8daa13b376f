using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Faces;

/// <summary>The shipped chain on whole photographs of known people: detector with its defaults, landmarks, chip, descriptor.</summary>
public sealed class FaceChainTests
{
    [Test]
    public void Celebrities_are_all_found_and_recognised()
    {
        using SsdFaceDetector detector = FaceData.LoadSsd();
        Photograph[] all = Embed(detector, TestData.Full(Path.Combine("celebrities", "data")), "*.jpg");
        Photograph[] train = [.. all.Where(photograph => Split(photograph) == "train")];
        Photograph[] validation = [.. all.Where(photograph => Split(photograph) == "val")];

        Assert.That((train.Length, validation.Length), Is.EqualTo((93, 25)));
        Assert.That(all.Where(photograph => !photograph.HasFace).Select(photograph => photograph.Path), Is.Empty);
        Assert.That(all.Count(query => Precision(query, all, 1) == 1), Is.GreaterThanOrEqualTo(117), "nearest of 118");
        Assert.That(all.Average(query => Precision(query, all, 4)), Is.GreaterThanOrEqualTo(0.99), "precision@4");
        Assert.That(MeanAveragePrecisionAtR(all), Is.GreaterThanOrEqualTo(0.97), "MAP@R");
        Assert.That(validation.Count(query => Precision(query, train, 1) == 1), Is.EqualTo(25), "val against train");
        Report("celebrities, SSD", all);
    }

    [Test]
    public void Crops_of_actors_are_all_found_and_recognised()
    {
        using SsdFaceDetector detector = FaceData.LoadSsd();
        Photograph[] crops = Embed(detector, TestData.Full("faces-bbt"), "*.png");

        Assert.That(crops, Has.Length.EqualTo(40));
        Assert.That(crops.Where(crop => !crop.HasFace).Select(crop => crop.Path), Is.Empty);
        Assert.That(crops.Count(query => Precision(query, crops, 1) == 1), Is.EqualTo(40));
        Report("faces-bbt, SSD", crops);
    }

    [Test]
    public void Celebrities_are_found_by_YuNet_too()
    {
        using YuNetFaceDetector detector = YuNetFaceDetector.Load(FaceData.YuNet());
        Photograph[] all = Embed(detector, TestData.Full(Path.Combine("celebrities", "data")), "*.jpg");

        Assert.That(all.Where(photograph => !photograph.HasFace).Select(photograph => photograph.Path), Is.Empty);
        Assert.That(all.Count(query => Precision(query, all, 1) == 1), Is.GreaterThanOrEqualTo(116), "nearest of 118");
        Report("celebrities, YuNet", all);
    }

    [Test]
    [Explicit("It measures.")]
    [Category("Slow")]
    public void Milliseconds_of_a_photograph_on_one_thread()
    {
        using SsdFaceDetector detector = FaceData.LoadSsd();
        FaceModel model = FaceData.LoadDlib();
        var aligner = new FaceAligner(model.Network.Template);
        using ImageEmbedder embedder = model.Embedding.CreateEmbedder();
        string[] paths = Directory.GetFiles(TestData.Full(Path.Combine("celebrities", "data")), "*.jpg", SearchOption.AllDirectories);
        var spent = new double[4];
        double Milliseconds(ref long since)
        {
            double passed = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
            since = Stopwatch.GetTimestamp();
            return passed;
        }

        foreach (string path in paths.Take(3).Concat(paths))
        {
            long since = Stopwatch.GetTimestamp();
            using MLImage image = ImageFile.Read(path);
            double[] step = new double[4];
            step[0] = Milliseconds(ref since);
            IReadOnlyList<DetectedFace> faces = detector.Detect(image);
            step[1] = Milliseconds(ref since);
            using MLImage chip = aligner.Align(image, faces.MaxBy(face => face.Box.Area)!.Landmarks);
            step[2] = Milliseconds(ref since);
            embedder.Embed(chip);
            step[3] = Milliseconds(ref since);
            TensorPrimitives.Add(spent, step, spent);
        }

        TestContext.Out.WriteLine($"read {spent[0] / paths.Length:F2}, detect {spent[1] / paths.Length:F1}, align {spent[2] / paths.Length:F2}, embed {spent[3] / paths.Length:F1} ms");
        Assert.That(spent, Has.All.GreaterThan(0));
    }

    private static Photograph[] Embed(FaceDetector detector, string folder, string pattern)
    {
        using var embedder = new FaceEmbedder(detector, FaceData.LoadDlib(), new FaceOptions { NoFace = NoFacePolicy.WholeImage });
        return
        [
            .. Directory.GetFiles(folder, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal).AsParallel().AsOrdered().Select(path =>
            {
                FaceEmbedding found = embedder.Embed(path)[0];
                return new Photograph(path, Path.GetFileName(Path.GetDirectoryName(path))!, found.Face is not null, found.Embedding);
            }),
        ];
    }

    private static string Split(Photograph photograph) => Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(photograph.Path)))!;

    private static double Precision(Photograph query, Photograph[] references, int count) => references
        .Where(reference => reference != query)
        .OrderBy(reference => TensorPrimitives.Distance(query.Embedding, reference.Embedding))
        .Take(count)
        .Count(reference => reference.Person == query.Person) / (double)count;

    private static double MeanAveragePrecisionAtR(Photograph[] photographs)
    {
        string[] people = [.. photographs.Select(photograph => photograph.Person).Distinct()];
        float[] embeddings = [.. photographs.SelectMany(photograph => photograph.Embedding)];
        int[] labels = [.. photographs.Select(photograph => Array.IndexOf(people, photograph.Person))];
        return RetrievalEvaluator.EvaluateLeaveOneOut(embeddings, labels, embeddings.Length / labels.Length).MeanAveragePrecisionAtR;
    }

    private static void Report(string what, Photograph[] all) => TestContext.Out.WriteLine(
        $"{what}: found {all.Count(photograph => photograph.HasFace)} of {all.Length}, nearest right {all.Count(query => Precision(query, all, 1) == 1)}, "
        + $"precision@4 {all.Average(query => Precision(query, all, 4)):F4}, MAP@R {MeanAveragePrecisionAtR(all):F4}");

    private sealed record Photograph(string Path, string Person, bool HasFace, float[] Embedding);
}
