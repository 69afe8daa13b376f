using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Images;
using Siamese.Samples.Shared;
using Siamese.Training;
using Siamese.Training.Runs;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Trains, exports, classifies, measures, saves.</summary>
internal static class TrainCommand
{
    public static Task<int> RunAsync(TrainSettings settings, CancellationToken cancellation) => GuardAsync(settings, ["digits.onnx", "digits.zip", "metrics.json", "report.html"], async () =>
    {
        settings.CheckRejection();
        var ml = new MLContext(settings.Seed);
        DigitData data = await DigitData.LoadAsync(ml, settings.Data, settings.Seed, cancellation);
        Metrics metrics = Run(ml, settings, data, cancellation);
        Show(metrics, settings);
    });

    /// <summary>Runs what trains, and says in a line what went wrong.</summary>
    public static async Task<int> GuardAsync(TrainSettings settings, string[] files, Func<Task> run)
    {
        try
        {
            using var output = OutputFolder.Open(settings.Output, files);
            await run();
            return 0;
        }
        catch (OperationCanceledException)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]Stopped.[/] The run so far is in {settings.Output}: the same command with --resume goes on from there.");
            return 130;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or ArgumentException or InvalidOperationException
            or UnauthorizedAccessException or NotSupportedException or DllNotFoundException or ArithmeticException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }

    /// <summary>One chain: images to keys and embeddings. Fitting it trains the network.</summary>
    public static TransformerChain<TripletNetworkTransformer> Train(MLContext ml, TrainSettings settings, DigitData data, CancellationToken cancellation) =>
        TrainingDisplay.Run(ml, display => DigitChain.Keys(ml)
            .Append(ml.MetricLearning.TripletNetwork(DigitChain.Embedding, data.ImageColumn, "Label", settings.ToOptions(data, display, cancellation)))
            .Fit(data.Train));

    public static string[] LabelNames(DataViewSchema.Column label)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.GetKeyValues(ref names);
        return [.. names.DenseValues().Select(name => name.ToString())];
    }

    private static Metrics Run(MLContext ml, TrainSettings settings, DigitData data, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        AnsiConsole.MarkupLineInterpolated($"Learning from [bold]{data.Description}[/]");

        TransformerChain<TripletNetworkTransformer> embedder = Train(ml, settings, data, cancellation);
        IDataView train = ml.Data.Cache(embedder.Transform(data.Train), DigitChain.Embedding, DigitChain.Hidden, "Label");
        (IDataView learned, IDataView held) = embedder.LastTransformer.SplitRows(train);
        ITransformer classifier = DigitChain.Classify(ml, settings.ClassifiesRaw).Fit(ml.Data.TakeRows(learned, settings.ClassifierRows));
        IDataView test = ml.Data.Cache(
            classifier.Transform(embedder.Transform(data.Test)),
            DigitChain.Columns);
        RejectionStudy? rejection = Reject(ml, settings, embedder.LastTransformer, classifier, learned, held, test, cancellation);

        float[][] pixels = PixelReader.Read(embedder.LastTransformer.Model, embedder.Transform(data.Test));
        string network = Path.Combine(settings.Output, "digits.onnx");
        embedder.LastTransformer.Model.Save(network);
        Save(ml, new TransformerChain<ITransformer>([embedder, classifier, .. rejection is null ? Array.Empty<ITransformer>() : [rejection.Chosen]]), data.Train, settings);
        var metrics = new Metrics(
            new DataMetrics(data.Description, data.TrainCount, data.TestCount),
            Training(embedder.LastTransformer.Report),
            new ExportMetrics(network, new FileInfo(network).Length, embedder.LastTransformer.Model.Identity, embedder.LastTransformer.Report.LargestDifference),
            Classification(ml, test),
            Neighbors(ml, train, test),
            Retrieval(ml, train, test),
            rejection?.Metrics ?? [],
            ScoringSpeed.Measure(ml, embedder.LastTransformer, network, pixels),
            watch.Elapsed.TotalSeconds);
        metrics.Save(Path.Combine(settings.Output, "metrics.json"));
        AnsiConsole.MarkupLine("Drawing the report");
        ReportRows drawn = Draw(ml, metrics, embedder, classifier, data, test, pixels, rejection);
        RunReport.Write(settings, metrics, embedder.LastTransformer.Model, drawn, cancellation);
        rejection?.Chosen.Dispose();
        return metrics;
    }

    private static ReportRows Draw(
        MLContext ml,
        Metrics metrics,
        TransformerChain<TripletNetworkTransformer> embedder,
        ITransformer classifier,
        DigitData data,
        IDataView test,
        float[][] pixels,
        RejectionStudy? rejection)
    {
        ReportRow[] tested = ReportRows.Read(test, pixels, rejection?.Known, null, "test");
        int more = Math.Clamp(RunReport.MostPoints - tested.Length, 0, data.TrainCount);
        ReportRow[] trained = [];
        if (more > 0)
        {
            IDataView rows = embedder.Transform(ml.Data.TakeRows(data.Train, more));
            IDataView classified = ml.Data.Cache(classifier.Transform(rows), DigitChain.Columns);
            ScoredRows? scored = rejection is null ? null : ScoredRows.Read("training images", rejection.Chosen.Transform(classified), labelled: true);
            trained = ReportRows.Read(classified, PixelReader.Read(embedder.LastTransformer.Model, rows), scored, null, "train");
        }

        ReportRow[][] unknown = [.. (rejection?.Sets ?? []).Select((set, at) => ReportRows.Read(set.Rows, [.. set.Data.Images], rejection!.Unknown[at], set.Data.Labels, set.Data.Name))];
        return new ReportRows(metrics.Classification.Labels, tested, trained, unknown, rejection);
    }

    private static RejectionStudy? Reject(
        MLContext ml,
        TrainSettings settings,
        TripletNetworkTransformer network,
        ITransformer classifier,
        IDataView learned,
        IDataView held,
        IDataView test,
        CancellationToken cancellation)
    {
        int wanted = (int)Math.Ceiling(1 / settings.FalseRejection);
        if (held.GetRowCount() < wanted)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"[yellow]The chain rejects nothing:[/] a false rejection rate of {settings.FalseRejection:P1} needs {wanted} images that were not learned from, but {held.GetRowCount()} were held out. Ask for a higher --false-rejection.");
            return null;
        }

        AnsiConsole.MarkupLine("Learning to tell what is unknown");

        // Unknown pictures come as pixels, whatever the known ones come as.
        ImageInput input = network.Model.Input;
        IDataView Classified(UnknownData data)
        {
            IDataView rows = data.ToDataView(ml, input);
            using ImageEmbeddingTransformer embedder = ml.MetricLearning.EmbedImages(DigitChain.Embedding, network.Model, "Image", DigitChain.Embed).Fit(rows);
            IDataView classified = ml.Data.Cache(
                classifier.Transform(embedder.Transform(rows)), DigitChain.Columns);

            // Read now, while the network is there.
            _ = classified.GetColumn<uint>("PredictedLabel").Count();
            return classified;
        }

        (UnknownData Data, IDataView Rows)[] unknown =
        [
            .. settings.UnknownPaths
                .Select(path => UnknownData.Load(path, input, settings.Data))
                .SelectMany(data => settings.Recipe == Recipe.Seed ? new[] { data, data.Unscaled() } : [data])
                .Select(data => (data, Classified(data))),
        ];
        IDataView? exposed = settings.Expose is null ? null : Classified(UnknownData.Load(settings.Expose, input, settings.Data));
        return RejectionStudy.Run(ml, settings, ml.Data.Cache(classifier.Transform(learned)), ml.Data.Cache(classifier.Transform(held)), test, unknown, exposed, cancellation);
    }

    private static void Save(MLContext ml, ITransformer classified, IDataView rows, TrainSettings settings)
    {
        ITransformer digits = new TransformerChain<ITransformer>(classified, DigitChain.Say(ml).Fit(classified.Transform(rows)));
        string chain = Path.Combine(settings.Output, "digits.zip");
        OutputFolder.Write(chain, stream => ml.Model.Save(digits, rows.Schema, stream));
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
        foreach (RejectionMetric found in metrics.Rejection.Where(found => found.Score == settings.Reject))
        {
            table.AddRow($"AUROC, {Markup.Escape(found.Unknown)}", $"{found.Auroc:F4}", $"unknown pictures score higher than test images, by {found.Score}");
            table.AddRow("  rejected, kept", $"{found.RejectedUnknown:P2}, {found.KeptKnown:P2}", $"of the unknown and of the known; of the kept {found.AccuracyOfKept:P2} are right");
        }

        table.AddRow("training", $"{metrics.Training.Seconds:F1} s", $"{metrics.Training.Images:N0} images, {metrics.Training.ImagesPerSecond:N0} a second");
        table.AddRow("export", $"{metrics.Export.LargestDifference:G2}", "largest difference of ONNX from TorchSharp");
        table.AddRow("scoring", $"{metrics.Scoring.RowsPerSecond:N0} rows/s", $"ApplyOnnxModel: {metrics.Scoring.StockRowsPerSecond:N0}");
        table.AddRow("memory", $"{metrics.Scoring.BytesPerRow:N0} B/row", $"ApplyOnnxModel: {metrics.Scoring.StockBytesPerRow:N0}");
        table.AddRow("all in all", $"{metrics.Seconds:F1} s", "but for the report");
        AnsiConsole.Write(table);
        if (metrics.Training.Collapsed)
        {
            AnsiConsole.MarkupLine("[yellow]The network has collapsed: it gives images of different classes all but the same embedding.[/]");
        }

        AnsiConsole.MarkupLineInterpolated($"Wrote digits.onnx, digits.zip, metrics.json, report.html and its pictures to {settings.Output}");
    }
}
