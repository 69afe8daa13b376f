using Microsoft.ML;
using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Retrieval;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Says who is on photographs: an ML.NET step embeds their faces, and the gallery finds the nearest.</summary>
internal static class FindCommand
{
    public static Task<int> RunAsync(IReadOnlyList<string> paths, RunOptions options, int count, float? threshold, CancellationToken cancellation) =>
        CommandGuard.RunAsync(async () =>
        {
            string[] readable = [.. paths.Where(CanBeRead)];
            var ml = new MLContext();
            ml.Log += (_, entry) =>
            {
                // A file that cannot be read is marked and named here; it does not keep the others from being found.
                if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
                {
                    AnsiConsole.MarkupLineInterpolated($"[yellow]{entry.RawMessage}[/]");
                }
            };
            using FaceDetector detector = FaceNetworkChoice.LoadDetector(options.Detector);
            foreach (Embedder embedder in FaceNetworkChoice.LoadEmbedders(options.Embedders))
            {
                string store = options.StoreOf(embedder);
                await using IGallery gallery = await options.OpenGalleryAsync(embedder, cancellation);
                if (await gallery.CountAsync(cancellation) == 0)
                {
                    throw new InvalidOperationException($"The gallery {store} is empty. Fill it first: index FOLDER, with the same --store, --output and --embedder.");
                }

                float? farthest = threshold ?? (gallery as Gallery)?.IdentificationThreshold ?? embedder.Model.VerificationThreshold;
                IDataView photographs = ml.Data.LoadFromEnumerable(readable.Select(path => new PhotographRow { Path = path }));
                using FaceTransformer faces = ml.MetricLearning
                    .EmbedFaces("Embedding", detector, embedder.Model, "Path", options.FaceOptions with { Scoring = new() { CancellationToken = cancellation } })
                    .Fit(photographs);
                foreach (PhotographRow row in ml.Data.CreateEnumerable<PhotographRow>(faces.Transform(photographs), reuseRowObject: false))
                {
                    await ShowAsync(row, gallery, count, farthest, cancellation);
                }
            }

            if (readable.Length < paths.Count)
            {
                throw new InvalidDataException($"{paths.Count - readable.Length} of {paths.Count} files could not be read.");
            }
        });

    // Said here, so that a file that is not there is not one on which no face was found.
    private static bool CanBeRead(string path)
    {
        try
        {
            ImageFile.Read(path).Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return false;
        }
    }

    private static async Task ShowAsync(PhotographRow row, IGallery gallery, int count, float? threshold, CancellationToken cancellation)
    {
        if (float.IsNaN(row.Embedding[0]))
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]{row.Path}[/]: [yellow]no face found[/]");
            return;
        }

        // A photograph that is in the gallery itself would be its own nearest.
        string path = Path.GetFullPath(row.Path);
        Match[] matches = [.. (await gallery.NearestAsync(row.Embedding, count + 1, cancellationToken: cancellation)).Where(match => match.Id != path).Take(count)];
        if (matches.Length == 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[bold]{row.Path}[/]: the gallery holds no other photograph");
            return;
        }

        string who = threshold is not { } farthest ? "not said: the network has no threshold, so give one with --threshold"
            : matches[0].Distance > farthest ? $"nobody in the gallery: the nearest is farther than {farthest:F3}"
            : matches[0].Label;
        var table = new Table().Title($"[bold]{Markup.Escape(row.Path)}[/]: {Markup.Escape(who)}").Border(TableBorder.Rounded);
        table.AddColumn("person").AddColumn(new TableColumn("distance").RightAligned()).AddColumn("photograph");
        foreach (Match match in matches)
        {
            table.AddRow(Markup.Escape(match.Label), $"{match.Distance:F3}", Markup.Escape(Path.GetRelativePath(Environment.CurrentDirectory, match.Id)));
        }

        AnsiConsole.Write(table);
    }

    /// <summary>A row of the chain.</summary>
    private sealed class PhotographRow
    {
        public string Path { get; set; } = string.Empty;

        public float[] Embedding { get; set; } = [];
    }
}
