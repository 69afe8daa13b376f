using System.Globalization;
using Siamese.Pipelines.Projection;
using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Draws what a run found, into pictures and one HTML page.</summary>
internal sealed class FaceReport
{
    private const int MostPictured = 1000;
    private const int MostAligned = 18;
    private const int MostStrips = 12;
    private const int StripLength = 6;
    private const int MostNamed = 200;

    private readonly IReadOnlyDictionary<string, FacePictures> _pictures;
    private readonly HtmlReport _page = new("Faces");
    private readonly string _folder;

    private FaceReport(RunOptions options, IReadOnlyDictionary<string, FacePictures> pictures)
    {
        _pictures = pictures;
        _folder = Path.Combine(options.Output, "pictures");
    }

    /// <summary>Chooses the photographs whose faces are shown: all, or of very many some of everywhere.</summary>
    public static HashSet<string> Choose(IReadOnlyList<Photograph> photographs) =>
        [.. Spread(photographs, MostPictured).Select(photograph => photograph.Path)];

    /// <summary>Finds the photographs whose faces the neighbours' strips show, whether or not they were chosen.</summary>
    public static IEnumerable<Photograph> InStrips(FaceEvaluation evaluation) =>
        Asked(evaluation)
            .SelectMany(row => evaluation.Nearest[row].Take(StripLength).Select(near => near.Row).Prepend(row))
            .Select(row => evaluation.Faces.Photographs[row]);

    /// <summary>Writes the page and its pictures.</summary>
    /// <returns>The page's path.</returns>
    public static string Write(
        RunOptions options,
        IReadOnlyList<Photograph> photographs,
        FaceMetrics metrics,
        IReadOnlyList<FaceEvaluation> evaluations,
        IReadOnlyDictionary<string, FacePictures> pictures,
        CancellationToken cancellation)
    {
        var report = new FaceReport(options, pictures);
        report.Tell(photographs, metrics);
        report.Compare(metrics);
        report.DrawAlignment(photographs);
        foreach (FaceEvaluation evaluation in evaluations)
        {
            cancellation.ThrowIfCancellationRequested();
            report.Draw(evaluation, cancellation);
        }

        report._page.AddSection("Options of the run").AddDefinitions(options.Describe());
        string path = Path.Combine(options.Output, "report.html");
        report._page.Save(path);
        return path;
    }

    private static T[] Spread<T>(IReadOnlyList<T> all, int most)
    {
        int shown = Math.Min(most, all.Count);
        return [.. Enumerable.Range(0, shown).Select(i => all[(int)((long)i * all.Count / shown)])];
    }

    /// <summary>Chooses the faces whose neighbours are shown: the mistakes first, since they are what one wants to see, then some of everywhere.</summary>
    private static int[] Asked(FaceEvaluation evaluation)
    {
        int[] all = [.. Enumerable.Range(0, evaluation.Nearest.Length)];
        int[] wrong = [.. all.Where(row => evaluation.Nearest[row].Take(StripLength).Any(near => evaluation.Faces.Labels[near.Row] != evaluation.Faces.Labels[row]))];
        return [.. Spread(wrong, MostStrips / 2).Concat(Spread(all, MostStrips)).Distinct().Take(MostStrips)];
    }

    private static string Number(double? value, string format = "F4") => value?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    private static string Percent(double? value) => value is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * value:F2} %");

    private void Tell(IReadOnlyList<Photograph> photographs, FaceMetrics metrics)
    {
        FacesFound faces = metrics.Faces;
        _page.AddSection("Photographs");
        _page.AddText(string.Create(
            CultureInfo.InvariantCulture,
            $"A face was found in {faces.Detected:N0} of {faces.Images:N0} photographs of {photographs.DistinctBy(photograph => photograph.Person).Count():N0} people."));
        (string Person, int Count)[] people = [.. photographs.CountBy(photograph => photograph.Person).Select(pair => (pair.Key, pair.Value)).OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)];
        Add("people", Figures.Bars([.. people.Select(person => person.Person)], [.. people.Select(person => (double)person.Count)], "Photographs by person", "photographs"));
        if (faces.Missed.Count > 0)
        {
            _page.AddTable(["no face was found in"], [.. faces.Missed.Take(MostNamed).Select(name => (IReadOnlyList<string>)[name])]);
        }

        if (faces.Unreadable.Count > 0)
        {
            _page.AddTable(["could not be read", "why"], [.. faces.Unreadable.Take(MostNamed).Select(file => (IReadOnlyList<string>)[file.Name, file.Why])]);
        }
    }

    private void Compare(FaceMetrics metrics)
    {
        _page.AddSection("How well faces are found");
        _page.AddTable(
            ["embedder", "components", "distance", "precision@1", "precision@4", "MAP@R", "val against train"],
            [.. metrics.Embedders.Select(found => (IReadOnlyList<string>)
            [
                found.Name,
                found.Dimension.ToString(CultureInfo.InvariantCulture),
                found.Distance,
                Percent(found.PrecisionAt1),
                Percent(found.PrecisionAtK!.FirstOrDefault(at => at.K == 4)?.Precision),
                Percent(found.MeanAveragePrecisionAtR),
                found.HeldOut is { } held ? $"{held.Right} of {held.Queries}" : "-",
            ])],
            "Each face is asked for among all others.");
        _page.AddTable(
            ["embedder", "adjusted Rand", "NMI", "AUC of pairs", "EER of pairs"],
            [.. metrics.Embedders.Select(found => (IReadOnlyList<string>)
            [
                found.Name, Number(found.AdjustedRand), Number(found.Nmi), Number(found.Verification!.Auc), Percent(found.Verification.EqualErrorRate),
            ])],
            "Ward's clusters, cut into as many as there are people, against the people; and whether two faces are of one person, told by their distance.");
        _page.AddTable(
            ["embedder", "find the face, ms", "align it, ms", "embed it, ms"],
            [.. metrics.Embedders.Select(found => (IReadOnlyList<string>)
            [
                found.Name, Number(found.MillisecondsPerImage?.Detect, "F1"), Number(found.MillisecondsPerImage?.Align, "F1"), Number(found.MillisecondsPerImage?.Embed, "F1"),
            ])],
            "What a photograph took of one thread, while as many worked as there are processors.");
    }

    private void DrawAlignment(IReadOnlyList<Photograph> photographs)
    {
        Photograph[] shown = Spread([.. photographs.Where(photograph => _pictures.ContainsKey(photograph.Path))], MostAligned);
        if (shown.Length > 0)
        {
            _page.AddSection("Faces, as found and aligned");
            Add("aligned", Figures.BeforeAndAfter(
                [.. shown.Select(photograph => new ThumbnailPair(_pictures[photograph.Path].Crop, _pictures[photograph.Path].Chip, photograph.Person))],
                "Faces as the detector found them, and as the first embedder sees them"));
        }
    }

    private void Draw(FaceEvaluation evaluation, CancellationToken cancellation)
    {
        IndexedFaces faces = evaluation.Faces;
        string name = faces.Embedder.Name;
        int[] shown = [.. Enumerable.Range(0, faces.Labels.Length).Where(row => _pictures.ContainsKey(faces.Photographs[row].Path))];
        _page.AddSection($"{name}: the faces in the plane");
        DrawPlane(faces, shown, cancellation);
        _page.AddSection($"{name}: nearest neighbours");
        DrawNeighbors(evaluation);
        _page.AddSection($"{name}: clusters");
        int people = faces.People.Length;
        double cut = people > 1 && evaluation.Tree.Merges.Count >= people
            ? (evaluation.Tree.Merges[^(people - 1)].Distance + (double)evaluation.Tree.Merges[^people].Distance) / 2
            : 0;
        Add($"{name}-dendrogram", Figures.Dendrogram(
            [.. evaluation.Tree.Merges.Select(merge => new TreeMerge(merge.First, merge.Second, merge.Distance))],
            faces.Labels,
            faces.People,
            "Faces by Ward's linkage",
            cutDistance: cut > 0 ? cut : null));
    }

    private void DrawPlane(IndexedFaces faces, int[] shown, CancellationToken cancellation)
    {
        double perplexity = Math.Min(30, (shown.Length - 1) / 3.0);
        if (perplexity < 1)
        {
            _page.AddText("There are too few faces to be drawn in the plane.");
            return;
        }

        TSneResult plane = TSne.Project(
            shown.SelectMany(row => faces.Row(row).ToArray()).ToArray(),
            faces.Dimension,
            new TSneOptions { Perplexity = perplexity, Seed = 1, CancellationToken = cancellation });
        PlanePoint[] places = [.. plane.Coordinates.Chunk(2).Select(pair => new PlanePoint(pair[0], pair[1]))];
        int[] classes = [.. shown.Select(row => faces.Labels[row])];
        Thumbnail[] thumbnails = [.. shown.Select(row => _pictures[faces.Photographs[row].Path].Chip)];
        string told = string.Create(
            CultureInfo.InvariantCulture,
            $"t-SNE of {shown.Length:N0} embeddings of {faces.Dimension} components, perplexity {perplexity:F0}: Kullback-Leibler divergence {plane.KullbackLeiblerDivergence:F3}.");
        Add($"{faces.Embedder.Name}-plane", Figures.EmbeddingThumbnails(places, classes, faces.People, thumbnails), told);
        _page.AddInteractiveScatter(
            places, classes, faces.People, thumbnails, [.. shown.Select(row => $"{faces.Photographs[row].Person}\n{faces.Photographs[row].Name}")], told, drawThumbnails: true);
    }

    private void DrawNeighbors(FaceEvaluation evaluation)
    {
        IndexedFaces faces = evaluation.Faces;
        NeighborStrip[] strips =
        [
            .. Asked(evaluation).Select(row => new NeighborStrip(
                Captioned(row, faces.Photographs[row].Person),
                [
                    .. evaluation.Nearest[row].Take(StripLength).Select(near => new StripNeighbor(
                        Captioned(near.Row, faces.Photographs[near.Row].Person, Number(near.Distance, "F3")), faces.Labels[near.Row] == faces.Labels[row])),
                ])),
        ];
        Add($"{faces.Embedder.Name}-neighbors", Figures.NeighborStrips(strips, "Faces and their nearest neighbours, with the distance"));

        CaptionedThumbnail Captioned(int row, params string[] lines) => new(_pictures[faces.Photographs[row].Path].Chip, lines);
    }

    private void Add(string name, Figure figure, string? caption = null)
    {
        string file = string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-' ? letter : '_'));
        figure.SavePng(Path.Combine(_folder, $"{file}.png"));
        figure.SaveSvg(Path.Combine(_folder, $"{file}.svg"));
        _page.AddFigure(figure, caption);
    }
}
