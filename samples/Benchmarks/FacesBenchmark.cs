using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Spectre.Console;

namespace Siamese.Samples.Benchmarks;

/// <summary>Reads photographs, finds the faces in them, aligns and embeds each: the networks that come with the library.</summary>
internal static class FacesBenchmark
{
    private const int Rounds = 3;

    public static void Run(string folder)
    {
        string[] photographs = [.. ImageFiles.Find(folder).Files.Select(file => file.Path)];
        string models = Path.Combine(AppContext.BaseDirectory, "models");
        using SsdFaceDetector detector = SsdFaceDetector.Load(Path.Combine(models, "face-ssd-mobilenetv1.onnx"), Path.Combine(models, "face-landmark-68.onnx"));
        using var embedder = new FaceEmbedder(
            detector, FaceModel.Load(Path.Combine(models, "face-resnet34-128.onnx"), FaceNetworks.Dlib), new FaceOptions { Selection = FaceSelection.All });
        var table = new Table().Title($"{photographs.Length:N0} photographs; medians of {Rounds} rounds, in turn").Border(TableBorder.Rounded);
        table.AddColumns("threads", "seconds", "ms a photograph", "with a face");
        int[] threads = [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        int[] found = new int[threads.Length];
        Sample[][] samples = Sample.InTurn(Rounds, [.. threads.Select((count, i) => (Action)(() => found[i] = Embed(embedder, photographs, count)))]);
        for (int i = 0; i < threads.Length; i++)
        {
            double seconds = Sample.Median(samples[i].Select(sample => sample.Seconds));
            table.AddRow($"{threads[i]}", $"{seconds:F2}", $"{1000 * seconds / photographs.Length:F1}", $"{found[i]}");
        }

        AnsiConsole.Write(table);
    }

    private static int Embed(FaceEmbedder embedder, string[] photographs, int threads)
    {
        int found = 0;
        Parallel.ForEach(
            photographs,
            new ParallelOptions { MaxDegreeOfParallelism = threads },
            photograph =>
            {
                if (embedder.Embed(photograph).Count > 0)
                {
                    Interlocked.Increment(ref found);
                }
            });
        return found;
    }
}
