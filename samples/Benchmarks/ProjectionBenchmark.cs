using System.Runtime.InteropServices;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Projection;
using Siamese.Training.Datasets;
using Spectre.Console;

namespace Siamese.Samples.Benchmarks;

/// <summary>Projects 5,000 digits' embeddings by t-SNE, and leaves them in a file for a peer to project.</summary>
internal static class ProjectionBenchmark
{
    private const int Rounds = 5;

    public static void Run()
    {
        TrainTestImages digits = MnistDataset.Load(Path.Combine(AppContext.BaseDirectory, "digits"));
        EmbeddingModel model = EmbeddingModel.Load(Path.Combine(AppContext.BaseDirectory, "digits.onnx"));
        float[] rows = [.. Embed(model, digits.Train), .. Embed(model, digits.Test)];
        string file = Path.Combine(AppContext.BaseDirectory, "digits.f32");
        File.WriteAllBytes(file, MemoryMarshal.AsBytes<float>(rows));

        int count = rows.Length / model.Dimension;
        var table = new Table()
            .Title($"t-SNE of {count:N0} rows of {model.Dimension}; median of {Rounds} rounds").Border(TableBorder.Rounded);
        table.AddColumns("threads", "first run, s", "median, s", "KL divergence", "iterations");
        foreach (int threads in new[] { Environment.ProcessorCount, 1 }.Distinct())
        {
            var options = new TSneOptions { MaxDegreeOfParallelism = threads };
            TSneResult? result = null;
            Sample first = Sample.Of(() => result = TSne.Project(rows, model.Dimension, options));
            Sample[] more = [.. Enumerable.Range(0, Rounds).Select(_ => Sample.Of(() => TSne.Project(rows, model.Dimension, options)))];
            table.AddRow(
                $"{threads}",
                $"{first.Seconds:F2}",
                $"{Sample.Median(more.Select(sample => sample.Seconds)):F2}",
                $"{result!.KullbackLeiblerDivergence:F4}",
                $"{result.Iterations}");
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"{Path.GetRelativePath(Environment.CurrentDirectory, file)} holds the rows: {count} x {model.Dimension} float32.");
    }

    private static IEnumerable<float> Embed(EmbeddingModel model, LabeledImages images)
    {
        using ImageEmbedder embedder = model.CreateEmbedder();
        for (int i = 0; i < images.Count; i++)
        {
            foreach (float component in embedder.Embed(Array.ConvertAll(images.Image(i).ToArray(), pixel => (float)pixel)))
            {
                yield return component;
            }
        }
    }
}
