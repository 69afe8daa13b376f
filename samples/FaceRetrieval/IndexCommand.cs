using Siamese.Pipelines.Faces;
using Siamese.Pipelines.Retrieval;
using Siamese.Samples.Shared;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Puts a folder of photographs into a gallery.</summary>
internal static class IndexCommand
{
    public static Task<int> RunAsync(string folder, RunOptions options, double falseAcceptanceRate, bool keep, CancellationToken cancellation) => CommandGuard.RunAsync(async () =>
    {
        using var output = OutputFolder.Open(options.Output);
        PhotographSearch search = PhotographFolder.Find(folder);
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

            var indexing = new Indexing(options, galleries);
            await indexing.RunAsync(reader, search.Photographs, _ => false, observe: null, cancellation);
            Say(indexing);
            await RemoveAsync(indexing, search, keep, cancellation);
            foreach ((IGallery gallery, Embedder embedder) in galleries.Zip(embedders))
            {
                await SayAsync(gallery, options.StoreOf(embedder), falseAcceptanceRate, cancellation);
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

    /// <summary>Removes the faces of photographs that are gone, and says so.</summary>
    public static async Task RemoveAsync(Indexing indexing, PhotographSearch search, bool keep, CancellationToken cancellation)
    {
        if (keep)
        {
            return;
        }

        if (!search.IsWhole)
        {
            AnsiConsole.MarkupLine("[yellow]Nothing is removed[/] from the gallery, because a part of the folder cannot be listed.");
            return;
        }

        await indexing.RemoveGoneAsync(cancellation);
        if (indexing.Removed > 0)
        {
            AnsiConsole.MarkupLineInterpolated(
                $"[yellow]removed[/] {indexing.Removed:N0} faces whose photographs are gone, moved or show no face any more. (--keep keeps them.)");
        }
    }

    /// <summary>Says what became of the photographs.</summary>
    public static void Say(Indexing indexing)
    {
        foreach (UnreadableFile file in indexing.Unreadable)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]unreadable[/] {file.Why}");
        }

        foreach (string name in indexing.Missed)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]no face[/] {name}");
        }
    }

    private static async Task SayAsync(IGallery gallery, string store, double falseAcceptanceRate, CancellationToken cancellation)
    {
        AnsiConsole.MarkupLineInterpolated($"[bold]{store}[/] holds {await gallery.CountAsync(cancellation):N0} faces ({gallery.Space}).");
        if (gallery is not Gallery kept)
        {
            return;
        }

        if (kept.Count == 0 || (kept.Space.VerificationThreshold is null && !kept.Items.DistinctBy(item => item.Label).Skip(1).Any()))
        {
            return;
        }

        IdentificationCalibration calibration = kept.CalibrateIdentification(falseAcceptanceRate, cancellation);
        AnsiConsole.MarkupLineInterpolated($"Beyond this distance nobody is named: {calibration}.");
        foreach (LabelContradiction pair in calibration.Contradictions)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]two names[/] {pair.Id} and {pair.OtherId} are nearly the same ({pair.Distance:F3}). Correct or remove one.");
        }
    }
}
