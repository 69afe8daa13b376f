using System.Diagnostics;
using System.Globalization;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Shared;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Indexes a folder, measures every embedder on it, and writes metrics.json and report.html.</summary>
internal static class ReportCommand
{
    public static Task<int> RunAsync(string folder, RunOptions options, bool keep, CancellationToken cancellation) => CommandGuard.RunAsync(async () =>
    {
        using var output = OutputFolder.Open(options.Output, "metrics.json", "report.html");
        var watch = Stopwatch.StartNew();
        PhotographSearch search = PhotographFolder.Find(folder, people: 2);
        IReadOnlyList<Photograph> photographs = search.Photographs;
        using FaceDetector detector = FaceNetworkChoice.LoadDetector(options.Detector);
        IReadOnlyList<Embedder> embedders = FaceNetworkChoice.LoadEmbedders(options.Embedders);
        using var reader = new FaceReader(detector, embedders, options.FaceOptions);
        var galleries = new List<IGallery>();
        try
        {
            foreach (Embedder embedder in embedders)
            {
                galleries.Add(await options.OpenGalleryAsync(embedder, cancellation));
            }

            // Pictures of so many faces are looked at; of ten thousand the page would be too large for a browser.
            HashSet<string> pictured = FaceReport.Choose(photographs);
            var pictures = new Dictionary<string, FacePictures>();
            var indexing = new Indexing(options, galleries);
            await indexing.RunAsync(reader, photographs, photograph => pictured.Contains(photograph.Path), Keep, cancellation);
            IndexCommand.Say(indexing);
            await IndexCommand.RemoveAsync(indexing, search, keep, cancellation);

            AnsiConsole.MarkupLine("Measuring");
            var evaluations = new List<FaceEvaluation>();
            for (int i = 0; i < embedders.Count; i++)
            {
                IndexedFaces faces = await IndexedFaces.ReadAsync(embedders[i], galleries[i], photographs, cancellation);
                Check(faces);
                evaluations.Add(FaceEvaluation.Run(faces, StepMilliseconds.Of(indexing, i), cancellation));
            }

            var metrics = new FaceMetrics(
                FacesFound.Of(indexing, photographs.Count), [.. evaluations.Select(evaluation => evaluation.Metrics)], watch.Elapsed.TotalSeconds);
            string path = Path.Combine(options.Output, "metrics.json");
            metrics.Save(path);
            AnsiConsole.MarkupLine("Drawing the report");
            Photograph[] more = [.. evaluations.SelectMany(FaceReport.InStrips).DistinctBy(photograph => photograph.Path).Where(photograph => !pictures.ContainsKey(photograph.Path))];
            await foreach (FaceReading reading in reader.ReadAsync(more, _ => true, cancellation))
            {
                Keep(reading);
            }

            string page = FaceReport.Write(options, photographs, metrics, evaluations, pictures, cancellation);
            Show(metrics, path, page);

            void Keep(FaceReading reading)
            {
                if (reading is { Crop: { } crop, Chip: { } chip })
                {
                    pictures.Add(reading.Photograph.Path, new FacePictures(crop, chip));
                }
            }
        }
        finally
        {
            foreach (IGallery gallery in galleries)
            {
                await gallery.DisposeAsync();
            }
        }
    });

    private static void Check(IndexedFaces faces)
    {
        if (faces.People.Length < 2 || faces.Labels.Length == faces.People.Length)
        {
            throw new InvalidDataException(
                $"Faces were found on {faces.Labels.Length} photographs of {faces.People.Length} people. To measure, two people are needed and two faces of "
                + "one of them. Add photographs that show the faces larger.");
        }
    }

    private static void Show(FaceMetrics metrics, string path, string page)
    {
        AnsiConsole.MarkupLineInterpolated(
            $"A face was found in {metrics.Faces.Detected:N0} of {metrics.Faces.Images:N0} photographs, in {metrics.Seconds:F1} s.");
        var table = new Table().Border(TableBorder.Rounded).Title("Each face against all others");
        table.AddColumns("embedder", "precision@1", "precision@4", "MAP@R", "adjusted Rand", "NMI", "val against train", "detect, align, embed: ms");
        foreach (EmbedderMetrics embedder in metrics.Embedders)
        {
            table.AddRow(
                Markup.Escape(embedder.Name),
                $"{embedder.PrecisionAt1:P2}",
                embedder.PrecisionAtK!.FirstOrDefault(at => at.K == 4) is { } four ? $"{four.Precision:P2}" : "-",
                $"{embedder.MeanAveragePrecisionAtR:P2}",
                Number(embedder.AdjustedRand),
                Number(embedder.Nmi),
                embedder.HeldOut is { } held ? $"{held.Right} of {held.Queries}" : "-",
                embedder.MillisecondsPerImage is { } took ? $"{took.Detect:F1}, {took.Align:F1}, {took.Embed:F1}" : "-");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"Written to [bold]{page}[/] and [bold]{path}[/]");
    }

    private static string Number(double? value) => value?.ToString("F4", CultureInfo.InvariantCulture) ?? "-";
}
