using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Training;
using Siamese.Training.Runs;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Trains, exports, classifies, measures, saves.</summary>
internal static class TrainCommand
{
    public static async Task<int> RunAsync(TrainSettings settings, CancellationToken cancellation)
    {
        try
        {
            MakeWritable(settings.Output);
            var ml = new MLContext(settings.Seed);
            DigitData data = await DigitData.LoadAsync(ml, settings.Data, settings.Seed, cancellation);
            Metrics metrics = Run(ml, settings, data, cancellation);
            Show(metrics, settings);
            return 0;
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]Stopped.[/] The run so far is in {settings.CheckpointFile}: the same command with --resume goes on from there.");
            return 130;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException
            or UnauthorizedAccessException or NotSupportedException or DllNotFoundException or ArithmeticException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }

    /// <summary>Finds out before minutes of training whether their results can be written.</summary>
    private static void MakeWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            File.Create(Path.Combine(folder, $".{Guid.NewGuid():N}"), 1, FileOptions.DeleteOnClose).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Nothing can be written to '{folder}': {exception.Message} Name another folder with --output.", exception);
        }
    }

    private static Metrics Run(MLContext ml, TrainSettings settings, DigitData data, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        AnsiConsole.MarkupLineInterpolated($"Learning from [bold]{data.Description}[/]");

        // One chain: images to keys and embeddings, unit length, classes. Fitting it trains the network and then the classifier.
        TransformerChain<TripletNetworkTransformer> embedder = TrainingDisplay.Run(display => data.ImageSteps(ml)
            .Append(DigitChain.Keys(ml))
            .Append(ml.MetricLearning.TripletNetwork("Embedding", "Image", "Label", settings.ToOptions(data, display, cancellation)))
            .Fit(data.Train));
        IDataView train = ml.Data.Cache(embedder.Transform(data.Train), "Embedding", "Label");
        ITransformer classifier = DigitChain.Classify(ml).Fit(ml.Data.TakeRows(train, settings.ClassifierRows));
        ITransformer digits = embedder.Append(classifier);

        string network = Path.Combine(settings.Output, "digits.onnx");
        embedder.LastTransformer.Model.Save(network);
        string chain = Path.Combine(settings.Output, "digits.zip");
        ml.Model.Save(digits, data.Train.Schema, chain + ".tmp");
        File.Move(chain + ".tmp", chain, overwrite: true);

        IDataView test = digits.Transform(data.Test);
        var metrics = new Metrics(
            new DataMetrics(data.Description, data.TrainCount, data.TestCount),
            Training(embedder.LastTransformer.Report),
            new ExportMetrics(network, new FileInfo(network).Length, embedder.LastTransformer.Model.Identity, embedder.LastTransformer.Report.LargestDifference),
            Classification(ml, test),
            Neighbors(ml, train, test),
            Retrieval(ml, train, test),
            ScoringSpeed.Measure(ml, embedder.LastTransformer, network, embedder.Transform(data.Test)),
            watch.Elapsed.TotalSeconds);
        metrics.Save(Path.Combine(settings.Output, "metrics.json"));
        return metrics;
    }

    private static TrainingMetrics Training(TrainingReport report) =>
        new(
            report.Epochs.Count,
            report.Steps,
            report.Images,
            report.Seconds,
            report.ImagesPerSecond,
            [.. report.Epochs.Select(epoch => epoch.Loss)],
            [.. report.Epochs.Select(epoch => epoch.ValidationLoss)],
            [.. report.Epochs.Select(epoch => epoch.PrecisionAt1)],
            report.Collapsed);

    private static ClassificationMetrics Classification(MLContext ml, IDataView test)
    {
        MulticlassClassificationMetrics found = ml.MulticlassClassification.Evaluate(test);
        return new ClassificationMetrics(found.MicroAccuracy, found.LogLoss, LabelNames(test.Schema["Label"]), found.ConfusionMatrix.Counts);
    }

    private static string[] LabelNames(DataViewSchema.Column label)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static NeighborMetrics Neighbors(MLContext ml, IDataView train, IDataView test)
    {
        using var classifier = ml.MetricLearning.NearestNeighbors("Label", "Embedding", new() { Neighbors = 5 }).Fit(train);
        return new NeighborMetrics(ml.MulticlassClassification.Evaluate(classifier.Transform(ml.Transforms.SelectColumns("Embedding", "Label").Fit(test).Transform(test))).MicroAccuracy);
    }

    private static RetrievalFigures Retrieval(MLContext ml, IDataView train, IDataView test)
    {
        RetrievalMetrics found = ml.MetricLearning.Evaluate(test, train);
        return new RetrievalFigures(found.PrecisionAt1, found.RPrecision, found.MeanAveragePrecisionAtR, found.MeanReciprocalRank);
    }

    private static void Show(Metrics metrics, TrainSettings settings)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("Figure").AddColumn(new TableColumn("Value").RightAligned()).AddColumn("What it is");
        table.AddRow("accuracy", $"{metrics.Classification.Accuracy:P2}", "softmax over the embeddings, test images");
        table.AddRow("log loss", $"{metrics.Classification.LogLoss:F4}", "of the same");
        table.AddRow("accuracy", $"{metrics.Neighbors.Accuracy:P2}", "vote of the 5 nearest training images");
        table.AddRow("precision@1", $"{metrics.Retrieval.PrecisionAt1:P2}", "test images whose nearest training image is of their class");
        table.AddRow("R-precision", $"{metrics.Retrieval.RPrecision:P2}", "right among the nearest R, R the size of the class");
        table.AddRow("MAP@R", $"{metrics.Retrieval.MeanAveragePrecisionAtR:P2}", "the same, nearer ones counting more");
        table.AddRow("training", $"{metrics.Training.Seconds:F1} s", $"{metrics.Training.Images:N0} images, {metrics.Training.ImagesPerSecond:N0} a second");
        table.AddRow("export", $"{metrics.Export.LargestDifference:G2}", "largest difference of ONNX from TorchSharp");
        table.AddRow("scoring", $"{metrics.Scoring.RowsPerSecond:N0} rows/s", $"ApplyOnnxModel: {metrics.Scoring.StockRowsPerSecond:N0}");
        table.AddRow("memory", $"{metrics.Scoring.BytesPerRow:N0} B/row", $"ApplyOnnxModel: {metrics.Scoring.StockBytesPerRow:N0}");
        table.AddRow("all in all", $"{metrics.Seconds:F1} s", string.Empty);
        AnsiConsole.Write(table);
        if (metrics.Training.Collapsed)
        {
            AnsiConsole.MarkupLine("[yellow]The network has collapsed: it gives images of different classes all but the same embedding.[/]");
        }

        AnsiConsole.MarkupLineInterpolated($"Wrote digits.onnx, digits.zip and metrics.json to {settings.Output}");
    }
}
