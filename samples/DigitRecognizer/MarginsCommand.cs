using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Projection;
using Siamese.Samples.Shared;
using Siamese.Training;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Trains the recipe at margins from 0 to 0.9, and shows what becomes of the embeddings.</summary>
internal static class MarginsCommand
{
    private const int MostPoints = 2000;

    public static Task<int> RunAsync(TrainSettings settings, CancellationToken cancellation) => TrainCommand.GuardAsync(settings, ["metrics.json", "margins.html"], async () =>
    {
        var ml = new MLContext(settings.Seed);
        DigitData data = await DigitData.LoadAsync(ml, settings.Data, settings.Seed, cancellation);
        AnsiConsole.MarkupLineInterpolated($"Ten margins, {settings.Recipe} recipe, on [bold]{data.Description}[/]");
        string metricsFile = Path.Combine(settings.Output, "metrics.json");
        JsonObject metrics = File.Exists(metricsFile) ? (JsonObject)JsonNode.Parse(File.ReadAllText(metricsFile))! : [];
        var finished = new List<MarginMetric>(settings.Resume ? metrics["margins"].Deserialize<MarginMetric[]>(Metrics.Format) ?? [] : []);
        var panels = new List<EmbeddingPanel>();
        IReadOnlyList<string> names = [];
        for (int tenth = 0; tenth < 10; tenth++)
        {
            double margin = tenth / 10.0;
            string network = Path.Combine(settings.Output, string.Create(CultureInfo.InvariantCulture, $"margin-{margin:F1}.onnx"));
            TrainSettings here = settings with { Margin = margin, CheckpointName = string.Create(CultureInfo.InvariantCulture, $"margin-{margin:F1}.checkpoint") };
            (MarginMetric found, EmbeddingPanel panel, names) = finished.Find(other => other.Margin == margin) is { } known && File.Exists(network)
                ? Measure(ml, here, data, Load(ml, data, network), known.Collapsed, cancellation)
                : Train(ml, here, data, network, cancellation);
            finished.RemoveAll(other => other.Margin == margin);
            finished.Add(found);
            panels.Add(panel);
            AnsiConsole.MarkupLineInterpolated(
                $"margin {margin:F1}  accuracy {found.Accuracy:P2}  precision@1 {found.PrecisionAt1:P2}{(found.Collapsed ? "  [yellow]collapsed[/]" : string.Empty)}");
            metrics["margins"] = JsonSerializer.SerializeToNode(finished, Metrics.Format);
            Metrics.Save(metrics, metricsFile);
        }

        Draw(settings, data, finished, panels, names);
    });

    private static (MarginMetric Metric, EmbeddingPanel Panel, IReadOnlyList<string> Names) Train(
        MLContext ml, TrainSettings settings, DigitData data, string network, CancellationToken cancellation)
    {
        TransformerChain<TripletNetworkTransformer> embedder = TrainCommand.Train(ml, settings, data, cancellation);
        var measured = Measure(ml, settings, data, embedder, embedder.LastTransformer.Report.Collapsed, cancellation);
        embedder.LastTransformer.Model.Save(network);
        File.Delete(settings.CheckpointFile);
        return measured;
    }

    private static ITransformer Load(MLContext ml, DigitData data, string network) =>
        DigitChain.Keys(ml).Append(ml.MetricLearning.EmbedImages(DigitChain.Embedding, EmbeddingModel.Load(network), data.ImageColumn, DigitChain.Embed)).Fit(data.Train);

    private static (MarginMetric Metric, EmbeddingPanel Panel, IReadOnlyList<string> Names) Measure(
        MLContext ml, TrainSettings settings, DigitData data, ITransformer embedder, bool collapsed, CancellationToken cancellation)
    {
        IDataView train = ml.Data.Cache(embedder.Transform(data.Train), DigitChain.Embedding, DigitChain.Hidden, "Label");
        IDataView test = ml.Data.Cache(embedder.Transform(data.Test), DigitChain.Embedding, DigitChain.Hidden, "Label");
        ITransformer classifier = DigitChain.Classify(ml, settings.ClassifiesRaw).Fit(ml.Data.TakeRows(train, settings.ClassifierRows));
        double accuracy = ml.MulticlassClassification.Evaluate(classifier.Transform(test)).MicroAccuracy;
        double precision = ml.MetricLearning.Evaluate(test, train).PrecisionAt1;
        IDataView drawn = ml.Data.TakeRows(test, MostPoints);
        int[] labels = [.. drawn.GetColumn<uint>("Label").Select(key => (int)key - 1)];
        TSneResult plane = ml.MetricLearning.ProjectTSne(
            drawn, DigitChain.Embedding, new TSneOptions { Perplexity = Math.Clamp((labels.Length - 1) / 3.0, 1, 30), Seed = settings.Seed, CancellationToken = cancellation });
        List<string> caption = [$"accuracy {accuracy.ToString("P1", CultureInfo.InvariantCulture)}", $"precision@1 {precision.ToString("P1", CultureInfo.InvariantCulture)}"];
        if (collapsed)
        {
            caption.Add("collapsed");
        }

        var panel = new EmbeddingPanel(
            string.Create(CultureInfo.InvariantCulture, $"margin {settings.Margin:F1}"),
            [.. plane.Coordinates.Chunk(2).Select(pair => new PlanePoint(pair[0], pair[1]))],
            labels,
            caption);
        return (new MarginMetric(settings.Margin!.Value, accuracy, precision, collapsed), panel, TrainCommand.LabelNames(test.Schema["Label"]));
    }

    private static void Draw(TrainSettings settings, DigitData data, IReadOnlyList<MarginMetric> found, IReadOnlyList<EmbeddingPanel> panels, IReadOnlyList<string> names)
    {
        string pictures = Path.Combine(settings.Output, "pictures");
        Directory.CreateDirectory(pictures);
        Figure grid = Figures.EmbeddingGrid(panels, names, "Embeddings of test images by margin (t-SNE)");
        grid.SavePng(Path.Combine(pictures, "margins.png"));
        grid.SaveSvg(Path.Combine(pictures, "margins.svg"));
        new HtmlReport("Margins from 0 to 0.9")
            .AddText($"{data.Description}. One network for each margin, all else being equal.")
            .AddSection("Embeddings").AddFigure(grid)
            .AddSection("Figures").AddTable(
                ["margin", "accuracy", "precision@1", "collapsed"],
                [.. found.OrderBy(row => row.Margin).Select(row => (IReadOnlyList<string>)
                [
                    row.Margin.ToString("F1", CultureInfo.InvariantCulture), row.Accuracy.ToString("P2", CultureInfo.InvariantCulture),
                    row.PrecisionAt1.ToString("P2", CultureInfo.InvariantCulture), row.Collapsed ? "yes" : "no",
                ])])
            .AddSection("Options of the run").AddDefinitions(settings.Describe().Where(option => option.Key is not "--margin"))
            .Save(Path.Combine(settings.Output, "margins.html"));
        AnsiConsole.MarkupLineInterpolated($"Wrote margins.html, pictures and metrics.json to {settings.Output}");
    }
}
