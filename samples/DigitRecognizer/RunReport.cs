using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Projection;
using Siamese.Samples.Shared;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Draws the figures of a run, and writes them into one page.</summary>
internal sealed class RunReport
{
    /// <summary>The most pictures of the classes that are drawn in the plane.</summary>
    public const int MostPoints = 5000;

    private const int MostUnknownPoints = 500;
    private const int MostThumbnails = 24;

    private readonly string _folder;
    private readonly ImageInput _input;
    private readonly HtmlReport _page = new("Digits by their embeddings");

    private RunReport(string folder, ImageInput input)
    {
        _folder = Path.Combine(folder, "pictures");
        _input = input;
        Directory.CreateDirectory(_folder);
    }

    /// <summary>Writes report.html, and each picture as PNG and SVG into a folder pictures.</summary>
    public static void Write(TrainSettings settings, Metrics metrics, EmbeddingModel model, ReportRows rows, CancellationToken cancellation)
    {
        var report = new RunReport(settings.Output, model.Input);
        report.Summarize(settings, metrics);
        report.DrawTraining(metrics);
        report.DrawEmbeddings(rows, metrics, settings, cancellation);
        report.DrawClasses(rows, metrics);
        report.DrawRejection(rows, metrics);
        report.Describe(settings, model);
        report._page.Save(Path.Combine(settings.Output, "report.html"));
    }

    // The space before the sign does not break, so that a narrow column keeps a figure in one piece.
    private static string Percent(double? share) => share is { } value ? value.ToString("P2", CultureInfo.InvariantCulture).Replace(' ', '\u00A0') : "-";

    private static string Interval(double[]? bounds) => bounds is null ? "-" : $"{Percent(bounds[0])[..^2]}–{Percent(bounds[1])}";

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Summarize(TrainSettings settings, Metrics metrics)
    {
        var rows = new List<IReadOnlyList<string>>
        {
            new[] { "accuracy, softmax over the embeddings", Percent(metrics.Classification.Accuracy) },
            new[] { "accuracy, vote of the 5 nearest", Percent(metrics.Neighbors.Accuracy) },
            new[] { "precision@1, test against training images", Percent(metrics.Retrieval.PrecisionAt1) },
            new[] { "R-precision", Percent(metrics.Retrieval.RPrecision) },
            new[] { "MAP@R", Percent(metrics.Retrieval.MeanAveragePrecisionAtR) },
        };
        foreach (RejectionMetric found in metrics.Rejection.Where(found => found.Score == settings.Reject))
        {
            rows.Add([$"AUROC, {found.Unknown}", Number(found.Auroc, "F4")]);
            rows.Add([$"rejected of {found.Unknown}", Percent(found.RejectedUnknown)]);
        }

        if (metrics.Rejection.FirstOrDefault(found => found.Score == settings.Reject) is { } chosen)
        {
            rows.Add(["test images kept", $"{Percent(chosen.KeptKnown)} (95 % interval: {Interval(chosen.KeptKnownInterval)})"]);
            rows.Add(["accuracy of those kept", Percent(chosen.AccuracyOfKept)]);
        }

        rows.Add(["training", $"{Number(metrics.Training.Seconds, "F1")} s, {Number(metrics.Training.Images, "N0")} images"]);
        rows.Add(["scoring", $"{Number(metrics.Scoring.RowsPerSecond, "N0")} images a second"]);
        _page.AddText($"{metrics.Data.Name}. What is unknown is told by {settings.Reject}, at a false rejection rate of {Percent(settings.FalseRejection)} asked for.");
        _page.AddSection("Figures").AddTable(["figure", "value"], rows);
    }

    private void DrawTraining(Metrics metrics)
    {
        _page.AddSection("Training");
        Add("loss", Figures.LossCurves(metrics.Training.Loss, metrics.Training.ValidationLoss));
        if (metrics.Training.Collapsed)
        {
            _page.AddText("The network has collapsed: it gives images of different classes all but the same embedding.");
        }
    }

    private void DrawEmbeddings(ReportRows rows, Metrics metrics, TrainSettings settings, CancellationToken cancellation)
    {
        // Test images first; where there are fewer than can be drawn, training images beside them.
        int[] shown = [.. rows.Known.Select((_, at) => at).Take(MostPoints)];
        ReportRow[] unknown = [.. rows.Unknown.SelectMany(set => set).Chunk(Math.Max(1, rows.Unknown.Sum(set => set.Count) / MostUnknownPoints)).Select(chunk => chunk[0])];
        ReportRow[] points = [.. shown.Select(at => rows.Known[at]), .. unknown];
        double perplexity = Math.Min(30, (points.Length - 1) / 3.0);
        _page.AddSection("Embeddings");
        if (metrics.Training.Collapsed || perplexity < 1)
        {
            _page.AddText("There is nothing to see: too few images, or all of them in one place.");
            return;
        }

        int dimension = points[0].Embedding.Length;
        TSneResult plane = TSne.Project(
            points.SelectMany(point => point.Embedding).ToArray(), dimension, new TSneOptions { Perplexity = perplexity, Seed = settings.Seed, CancellationToken = cancellation });
        PlanePoint[] places = [.. plane.Coordinates.Chunk(2).Select(pair => new PlanePoint(pair[0], pair[1]))];
        int[] classes = [.. points.Select(point => point.Label)];
        string told = $"t-SNE of {points.Length:N0} embeddings of {dimension} components, perplexity {Number(perplexity, "F0")}: Kullback-Leibler divergence {Number(plane.KullbackLeiblerDivergence, "F3")} after {plane.Iterations} iterations.";
        Add("embeddings", Figures.EmbeddingScatter(places, classes, rows.Names), told);
        _page.AddInteractiveScatter(
            places, classes, rows.Names, [.. points.Select(point => PixelReader.Thumbnail(point.Pixels, _input))], [.. points.Select(point => point.Caption(rows.Names))], told);
    }

    private void DrawClasses(ReportRows rows, Metrics metrics)
    {
        _page.AddSection("Classes");
        Add("confusion", Figures.ConfusionMatrix(metrics.Classification.Confusion, metrics.Classification.Labels));
        ReportRow[] mistakes = [.. rows.Test.Where(row => row.Label != row.Predicted).OrderByDescending(row => row.Probability).Take(MostThumbnails)];
        AddThumbnails("mistakes", mistakes, "The mistakes that the classifier was surest of", row =>
            [$"{rows.Names[row.Label]}, said {rows.Names[row.Predicted]}", Percent(row.Probability)]);
    }

    private void DrawRejection(ReportRows rows, Metrics metrics)
    {
        if (rows.Study is not { } study)
        {
            return;
        }

        _page.AddSection("What is unknown");
        _page.AddTable(
            ["unknown", "score", "AUROC", "AUPR", "FPR at 95 %", "OSCR", "threshold", "known kept", "95 % interval", "unknown rejected", "accuracy of kept"],
            [.. metrics.Rejection.Select(found => (IReadOnlyList<string>)
            [
                found.Unknown, found.Score, Number(found.Auroc, "F4"), Number(found.Aupr, "F4"), Percent(found.Fpr95), found.Oscr is { } oscr ? Number(oscr, "F4") : "-",
                Number(found.Threshold, "G4"), Percent(found.KeptKnown), Interval(found.KeptKnownInterval), Percent(found.RejectedUnknown), Percent(found.AccuracyOfKept),
            ])],
            "Every score on every set; the threshold was placed by held-out training images alone. Intervals are by bootstrap.");
        double threshold = study.Chosen.Calibration.Thresholds[0];
        for (int set = 0; set < study.Unknown.Count; set++)
        {
            string name = study.Unknown[set].Name;
            Add($"histogram-{name}", Figures.ScoreHistogram(
                [.. study.Known.Scores.Select(score => (double)score)], [.. study.Unknown[set].Scores.Select(score => (double)score)], threshold, study.ChosenName, title: $"Scores of digits and of {name}"));
            Siamese.Samples.Shared.RocCurve[] curves = [.. study.Scores.Where(pair => pair.Set == name && pair.Score != ScoreChoice.CourseProject).Select(pair =>
            {
                Pipelines.Evaluation.RocCurve curve = Pipelines.Evaluation.RocCurve.Create(pair.Known, pair.Unknown);
                return new Siamese.Samples.Shared.RocCurve(pair.Score, [.. curve.Points.Select(point => point.FalsePositiveRate)], [.. curve.Points.Select(point => point.TruePositiveRate)]);
            }).OrderByDescending(curve => curve.Auroc)];
            Add($"roc-{name}", Figures.RocCurves(curves, $"Digits kept (true positives) against {name} kept (false positives)", logarithmic: true));
            ReportRow[] missed = [.. rows.Unknown[set].Where(row => !row.IsUnknown).OrderBy(row => row.Score).Take(MostThumbnails)];
            AddThumbnails($"kept-{name}", missed, $"{name}: taken for a digit, the likest first", row => [$"{row.Said}", $"said {rows.Names[row.Predicted]}", Number(row.Score, "F2")]);
            if (metrics.Rejection.FirstOrDefault(found => found.Unknown == name && found.Score == study.ChosenName)?.PerLabel is { } labels)
            {
                _page.AddTable(
                    ["label", "count", "AUROC", "rejected"],
                    [.. labels.OrderBy(label => label.Label, StringComparer.Ordinal).Select(label => (IReadOnlyList<string>)[label.Label, label.Count.ToString(CultureInfo.InvariantCulture), Number(label.Auroc, "F4"), Percent(label.Rejected)])],
                    $"{name}, label by label, by {study.ChosenName}.");
            }
        }

        ReportRow[] rejected = [.. rows.Test.Where(row => row.IsUnknown).OrderByDescending(row => row.Score).Take(MostThumbnails)];
        AddThumbnails("rejected", rejected, "Test images taken for unknown, the strangest first", row => [$"{rows.Names[row.Label]}", Number(row.Score, "F2")]);
    }

    private void Describe(TrainSettings settings, EmbeddingModel model)
    {
        _page.AddSection("Options of the run").AddDefinitions(settings.Describe());
        _page.AddSection("Metadata of the network").AddDefinitions([new("sha256", model.Identity), .. model.Metadata]);
    }

    private void AddThumbnails(string name, ReportRow[] rows, string title, Func<ReportRow, IReadOnlyList<string>> caption)
    {
        if (rows.Length > 0)
        {
            Add(name, Figures.ThumbnailSheet([.. rows.Select(row => new CaptionedThumbnail(PixelReader.Thumbnail(row.Pixels, _input), caption(row)))], title));
        }
        else
        {
            _page.AddText($"{title}: none.");
        }
    }

    private void Add(string name, Figure figure, string? caption = null)
    {
        string file = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '_'));
        figure.SavePng(Path.Combine(_folder, $"{file}.png"));
        figure.SaveSvg(Path.Combine(_folder, $"{file}.svg"));
        _page.AddFigure(figure, caption);
    }
}
