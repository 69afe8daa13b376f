using System.Diagnostics;
using System.Globalization;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Verification;
using Siamese.Samples.Shared;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Measures how well distances tell whether two photographs are of one person, by LFW's protocol where the pairs have folds.</summary>
internal static class VerifyCommand
{
    public static Task<int> RunAsync(
        string pairsFile, string folder, RunOptions options, string? calibrated, CancellationToken cancellation) => CommandGuard.RunAsync(async () =>
    {
        using var output = OutputFolder.Open(options.Output, ["metrics.json", .. calibrated is null ? Array.Empty<string>() : [Path.GetFullPath(calibrated)]]);
        var watch = Stopwatch.StartNew();
        IReadOnlyList<ImagePair> pairs = LfwPairs.Read(pairsFile);
        IReadOnlyList<Photograph> photographs = Named(pairs, folder);
        AnsiConsole.MarkupLineInterpolated($"{pairs.Count:N0} pairs of {photographs.Count:N0} photographs");

        using FaceDetector detector = FaceNetworkChoice.LoadDetector(options.Detector);
        IReadOnlyList<Embedder> embedders = FaceNetworkChoice.LoadEmbedders(options.Embedders);
        if (calibrated is not null && embedders.Count > 1)
        {
            throw new ArgumentException("--calibrated writes one network, but there are several embedders. Calibrate one at a time.");
        }

        // A pair cannot be left out: where no face is found, the whole photograph is taken for it.
        using var reader = new FaceReader(detector, embedders, options.FaceOptions with { NoFace = NoFacePolicy.WholeImage });
        IGallery[] galleries = await Task.WhenAll(embedders.Select(embedder => options.OpenGalleryAsync(embedder, cancellation)));
        try
        {
            var indexing = new Indexing(options, galleries);
            await indexing.RunAsync(reader, photographs, _ => false, observe: null, cancellation);
            IndexCommand.Say(indexing);
            if (indexing.Unreadable.Count > 0)
            {
                throw new InvalidDataException($"{indexing.Unreadable.Count} of the photographs cannot be read, so that their pairs cannot be judged. Fetch them again.");
            }

            var measured = new List<EmbedderMetrics>();
            for (int i = 0; i < embedders.Count; i++)
            {
                IndexedFaces faces = await IndexedFaces.ReadAsync(embedders[i], galleries[i], photographs, cancellation);
                measured.Add(Measure(faces, pairs) with { MillisecondsPerImage = StepMilliseconds.Of(indexing, i) });
            }

            string path = Path.Combine(options.Output, "metrics.json");
            new FaceMetrics(FacesFound.Of(indexing, photographs.Count), measured, watch.Elapsed.TotalSeconds).Save(path);
            Show(measured, path);
            if (calibrated is not null)
            {
                EmbeddingModel network = embedders[0].Model.Embedding;
                network.WithVerificationThreshold((float)measured[0].Verification!.Threshold, $"{pairs.Count} pairs of {Path.GetFileName(pairsFile)}").Save(calibrated);
                AnsiConsole.MarkupLineInterpolated($"[bold]{calibrated}[/] is the same network, which knows the threshold.");
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

    private static IReadOnlyList<Photograph> Named(IReadOnlyList<ImagePair> pairs, string folder)
    {
        string root = Path.GetFullPath(folder);
        Photograph[] photographs =
        [
            .. pairs.SelectMany(pair => new[] { pair.First, pair.Second }).Distinct().Order(StringComparer.Ordinal)
                .Select(name => new Photograph(Path.Combine(root, name.Replace('/', Path.DirectorySeparatorChar)), name, name.Split('/')[0])),
        ];
        string[] missing = [.. photographs.Where(photograph => !File.Exists(photograph.Path)).Select(photograph => photograph.Name)];
        return missing.Length == 0
            ? photographs
            : throw new FileNotFoundException(
                $"'{root}' lacks {missing.Length:N0} of the {photographs.Length:N0} photographs that the pairs name, the first is '{missing[0]}'. "
                + "Name the folder that holds a folder for each person.");
    }

    private static EmbedderMetrics Measure(IndexedFaces faces, IReadOnlyList<ImagePair> pairs)
    {
        var rows = faces.Photographs.Select((photograph, row) => (photograph.Name, row)).ToDictionary(pair => pair.Name, pair => pair.row);
        VerificationPair[] judged = [.. pairs.Select(pair => new VerificationPair(faces.Distance(rows[pair.First], rows[pair.Second]), pair.IsSame))];
        VerificationFigures figures = VerificationFigures.Of(VerificationEvaluator.Evaluate(judged));
        VerificationPair[][] folds =
        [
            .. Enumerable.Range(0, pairs.Count).GroupBy(i => pairs[i].Fold).OrderBy(fold => fold.Key).Select(fold => fold.Select(i => judged[i]).ToArray()),
        ];
        if (folds.Length > 1)
        {
            CrossValidatedVerification validated = VerificationEvaluator.CrossValidate(folds);
            figures = figures with
            {
                Accuracy = validated.Accuracy,
                StandardError = validated.StandardError,
                Threshold = validated.Folds.Average(fold => fold.Threshold),
            };
        }

        return EmbedderMetrics.Of(faces.Embedder) with { Verification = figures };
    }

    private static void Show(IReadOnlyList<EmbedderMetrics> measured, string path)
    {
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumns("embedder", "accuracy, mean of folds", "threshold", "AUC", "EER", "TAR at FAR 1 %");
        foreach (EmbedderMetrics embedder in measured)
        {
            VerificationFigures found = embedder.Verification!;
            table.AddRow(
                Markup.Escape(embedder.Name),
                found.Accuracy is double accuracy ? $"{accuracy:P2} ± {found.StandardError:P2}" : "one fold",
                found.Threshold.ToString("F3", CultureInfo.InvariantCulture),
                found.Auc.ToString("F4", CultureInfo.InvariantCulture),
                $"{found.EqualErrorRate:P2}",
                $"{found.TarAtFar1Percent:P2}");
        }

        AnsiConsole.Write(table);
        AnsiConsole.MarkupLineInterpolated($"Written to [bold]{path}[/]");
    }
}
