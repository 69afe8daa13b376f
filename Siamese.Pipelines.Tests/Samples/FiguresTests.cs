using System.Globalization;
using System.Xml.Linq;
using Siamese.Samples.Shared;
using SkiaSharp;

namespace Siamese.Pipelines.Tests.Samples;

public sealed class FiguresTests
{
    // The first three of Petroff's ten, as the paper prints them.
    private const string Blue = "#3f90da";
    private const string Orange = "#ffa90e";
    private const string Red = "#bd1f01";
    private const string Right = "#1b6fb8";

    private static readonly string[] Digits = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    // Two pairs, which join.
    private static readonly TreeMerge[] Tree = [new(0, 1, 1), new(2, 3, 2), new(4, 5, 4)];

    public static IEnumerable<TestCaseData> All()
    {
        var random = new Random(1);
        PlanePoint[] points = [.. Enumerable.Range(0, 300).Select(_ => new PlanePoint(random.NextDouble(), random.NextDouble()))];
        int[] classes = [.. Enumerable.Range(0, 300).Select(i => (i % 11) - 1)];
        EmbeddingPanel[] panels =
        [
            .. Enumerable.Range(1, 10).Select(i => new EmbeddingPanel($"margin 0.{i}", points, classes, $"accuracy {i} %", "collapsed")),
        ];
        var mistake = new CaptionedThumbnail(Thumbnail.Gray(2, 2, [0, 50, 100, 255]), "3, said 8 (97 %)", "second line");
        yield return Case(
            Figures.LossCurves([0.3, 0.2, 0.1], [null, 0.25, null], "Loss & <title>"),
            "Loss & <title>", "training", "validation", "epoch", "mean triplet loss");
        yield return Case(
            Figures.EmbeddingScatter(points, classes, Digits, "Points"),
            "Points", "7", "unknown", "first axis of the projection (no unit)");
        yield return Case(
            Figures.ConfusionMatrix([[95, 5], [1, 99]], ["cat", "dog"], "Matrix"),
            "Matrix", "cat", "dog", "95", "95 %", "1.0 %", "true class", "predicted class");
        yield return Case(
            Figures.ScoreHistogram([0, 1, 2], [3, 4], 2, "distance", title: "Scores"),
            "Scores", "threshold 2", "100.0 % of the known kept", "100.0 % of the unknown rejected", "distance");
        yield return Case(
            Figures.RocCurves([new RocCurve("energy", [0, 0.5, 1], [0, 0.75, 1])], "Curves"),
            "Curves", "energy (AUROC 0.6250)", "false positive rate", "true positive rate");
        yield return Case(
            Figures.EmbeddingGrid(panels, Digits, "Grid"),
            "Grid", "margin 0.7", "accuracy 9 %", "collapsed");
        Thumbnail[] faces = [.. Enumerable.Range(0, 300).Select(i => Thumbnail.Rgb(1, 1, [(byte)i, 100, 200]))];
        yield return Case(
            Figures.EmbeddingThumbnails(points, classes, Digits, faces, "Faces"),
            "Faces", "7", "unknown", "first axis of the projection (no unit)");
        yield return Case(
            Figures.Dendrogram(Tree, [0, 0, 1, 1], ["cat", "dog"], "Tree", ["a", "b", "c", "d"], cutDistance: 2.5),
            "Tree", "cat", "dog", "a", "d", "distance of the two clusters");
        yield return Case(
            Figures.Bars(["Ada", "Ben"], [12, 3456], "Bars", "photographs"),
            "Bars", "Ada", "12", "3,456", "3,468 photographs, 2 names");
        yield return Case(
            Figures.NeighborStrips([new NeighborStrip(mistake, new StripNeighbor(mistake, true), new StripNeighbor(mistake, false))], "Strips"),
            "Strips", "query", "right (1)", "wrong (1)", "second line");
        yield return Case(
            Figures.BeforeAndAfter([new ThumbnailPair(mistake.Image, mistake.Image, "before and after")], "Pairs"),
            "Pairs", "before and after");
        yield return Case(
            Figures.ThumbnailSheet([mistake], "Mistakes"),
            "Mistakes", "3, said 8 (97 %)", "second line");
    }

    [TestCaseSource(nameof(All))]
    public void A_figure_gives_a_png_of_its_size_with_something_in_it(Figure figure, string[] texts)
    {
        Pixels whole = Pixels.Of(figure.ToPng(scale: 1));
        Pixels twice = Pixels.Of(figure.ToPng());

        Assert.That((whole.Width, whole.Height), Is.EqualTo((figure.Width, figure.Height)));
        Assert.That((twice.Width, twice.Height), Is.EqualTo((2 * figure.Width, 2 * figure.Height)));
        Assert.That(whole[0, 0], Is.EqualTo((255, 255, 255)));
        Assert.That(whole[whole.Width - 1, whole.Height - 1], Is.EqualTo((255, 255, 255)));
        Assert.That(whole.Where("#1f2328").Count, Is.GreaterThan(100), "pixels of the ink that texts are written in");
        Assert.That(figure.Description, Does.StartWith(figure.Title).And.Not.Contain("NaN"));
        Assert.That(texts, Is.Not.Empty);
    }

    [TestCaseSource(nameof(All))]
    public void A_figure_gives_an_svg_with_its_texts(Figure figure, string[] texts)
    {
        XElement svg = XDocument.Parse(figure.ToSvg()).Root!;

        Assert.That(svg.Name.LocalName, Is.EqualTo("svg"));
        Assert.That(svg.Attribute("viewBox")!.Value, Is.EqualTo($"0 0 {figure.Width} {figure.Height}"));
        string[] written = [.. Texts(svg).Select(text => text.Value)];
        foreach (string text in texts)
        {
            Assert.That(written, Does.Contain(text));
        }
    }

    [TestCaseSource(nameof(All))]
    public void A_figure_is_drawn_alike_each_time(Figure figure, string[] texts)
    {
        byte[] png = figure.ToPng();
        string svg = figure.ToSvg();

        Assert.That(figure.ToPng(), Is.EqualTo(png));
        Assert.That(figure.ToSvg(), Is.EqualTo(svg));
        Assert.That(texts, Is.Not.Empty);
    }

    [Test]
    public void Dendrogram_colours_what_is_of_one_class_and_says_how_many_clusters_a_cut_makes()
    {
        Figure figure = Figures.Dendrogram(Tree, [0, 0, 1, 1], ["cat", "dog"], "Tree", cutDistance: 2.5);
        Pixels pixels = Pixels.Of(figure.ToPng(scale: 1));

        // Below the legend, both pairs in their colours: the first at the left, the second at the right and higher.
        (int X, int Y)[] cats = [.. pixels.Where(Blue).Where(pixel => pixel.Y > 110)];
        (int X, int Y)[] dogs = [.. pixels.Where(Orange).Where(pixel => pixel.Y > 110)];
        Assert.That(cats.Max(pixel => pixel.X), Is.LessThan(dogs.Min(pixel => pixel.X)));
        Assert.That(dogs.Min(pixel => pixel.Y), Is.LessThan(cats.Min(pixel => pixel.Y)));
        Assert.That(figure.Description, Does.Contain("4 leaves").And.Contain("into 2 clusters"));
    }

    [Test]
    public void Dendrogram_of_very_many_leaves_draws_the_last_merges_and_says_so()
    {
        TreeMerge[] chain = [.. Enumerable.Range(0, 999).Select(i => new TreeMerge(i == 0 ? 0 : 999 + i, i + 1, i + 1))];

        Figure figure = Figures.Dendrogram(chain, [.. Enumerable.Range(0, 1000).Select(i => i % 2)], ["cat", "dog"], "Tree");

        Assert.That(figure.Description, Does.Contain("1,000 leaves").And.Contain("only the last 499 merges"));
        Assert.That(Pixels.Of(figure.ToPng(scale: 1)).Where("#1f2328").Count, Is.GreaterThan(1000));
    }

    [Test]
    public void Dendrogram_refuses_what_is_no_tree()
    {
        Assert.That(
            () => Figures.Dendrogram([new(0, 1, 1), new(0, 2, 2)], [0, 0, 0], ["cat"], "Tree"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("merges").And.Message.Contains("Merge 1 joins 0 and 2"));
        Assert.That(() => Figures.Dendrogram([], [0, 0], ["cat"], "Tree"), Throws.ArgumentException.With.Message.Contains("1 merges"));
    }

    [Test]
    public void EmbeddingThumbnails_keeps_images_apart_that_lie_on_one_point()
    {
        PlanePoint[] points = [new(0, 0), new(0, 0), new(10, 10)];
        Thumbnail red = Thumbnail.Rgb(1, 1, [255, 0, 0]);
        Thumbnail green = Thumbnail.Rgb(1, 1, [0, 255, 0]);

        Pixels pixels = Pixels.Of(Figures.EmbeddingThumbnails(points, [0, 1, 0], ["cat", "dog"], [red, green, red]).ToPng(scale: 1));

        Assert.That(pixels.Where("#ff0000").Count, Is.GreaterThan(2000), "two images of 52 x 52");
        Assert.That(pixels.Where("#00ff00").Count, Is.GreaterThan(2000), "one, which nothing hides");
    }

    [Test]
    public void Bars_are_as_long_as_their_numbers_and_sum_up_what_is_too_many()
    {
        Pixels pixels = Pixels.Of(Figures.Bars(["a", "b"], [30, 10], "Bars", "images").ToPng(scale: 1));

        int[] lengths = [.. pixels.Where(Blue).GroupBy(pixel => pixel.Y).Select(row => row.Count())];
        Assert.That(lengths.Max(), Is.EqualTo(3 * lengths.Min()).Within(30));
        Figure many = Figures.Bars([.. Enumerable.Range(0, 100).Select(i => $"{i}")], [.. Enumerable.Repeat(2.0, 100)], "Bars", "images");
        Assert.That(many.Description, Does.Contain("each of 61 others: 2"));
        Assert.That(() => Figures.Bars(["a"], [-1], "Bars", "images"), Throws.ArgumentException.With.Message.Contains("'a' is -1"));
    }

    [Test]
    public void Texts_are_set_in_the_font_that_comes_along()
    {
        const string title = "Wide WAVES and thin lilies";
        using SKTypeface roboto = SKTypeface.FromFile(Path.Combine(TestContext.CurrentContext.TestDirectory, "fonts", "Roboto-Bold.ttf"));
        using var paint = new SKPaint { Typeface = roboto, TextSize = 22, SubpixelText = true, HintingLevel = SKPaintHinting.Slight };

        XElement text = Texts(XDocument.Parse(Figures.LossCurves([1, 2], title: title).ToSvg()).Root!).First(element => element.Value == title);

        float[] places =
        [
            .. Split(text.Attribute("x")!.Value).Select(x => float.Parse(x, CultureInfo.InvariantCulture)),
        ];
        float[] widths = [.. title.Select(letter => paint.MeasureText($"{letter}"))];
        Assert.That(text.Attribute("font-family")!.Value, Does.StartWith("Roboto"));
        Assert.That(places, Has.Length.EqualTo(title.Length));
        for (int i = 1; i < places.Length; i++)
        {
            // The document keeps a few digits.
            Assert.That(places[i] - places[i - 1], Is.EqualTo(widths[i - 1]).Within(0.02), $"the advance of '{title[i - 1]}'");
        }
    }

    [Test]
    public void LossCurves_falls_where_the_loss_falls()
    {
        Pixels pixels = Pixels.Of(Figures.LossCurves([1, 0.5, 0.1]).ToPng(scale: 1));

        // Without the swatch of the legend, which is at the left edge.
        (int X, int Y)[] line = [.. pixels.Where(Blue).Where(pixel => pixel.X > 90)];

        double first = line.Where(pixel => pixel.X < pixels.Width / 3).Average(pixel => pixel.Y);
        double last = line.Where(pixel => pixel.X > 2 * pixels.Width / 3).Average(pixel => pixel.Y);
        Assert.That(last, Is.GreaterThan(first + 100));
        Assert.That(pixels.Where(Red), Is.Empty);
    }

    [Test]
    public void LossCurves_draws_validation_where_it_was_measured()
    {
        Figure figure = Figures.LossCurves([1, 1, 1, 1], [null, 0.4, null, 0.6]);

        (int X, int Y)[] line = [.. Pixels.Of(figure.ToPng(scale: 1)).Where(Red).Where(pixel => pixel.X > 150)];

        Assert.That(figure.Description, Does.Contain("validation lowest after epoch 2, at 0.4"));
        Assert.That(line.Min(pixel => pixel.X), Is.GreaterThan(figure.Width / 4));
    }

    [Test]
    public void LossCurves_counts_losses_that_are_not_finite()
    {
        Figure figure = Figures.LossCurves([1, double.NaN, double.PositiveInfinity]);

        Assert.That(figure.Description, Does.Contain("2 epochs without a finite loss"));
        Assert.That(() => figure.ToPng(), Throws.Nothing);
        Assert.That(() => Figures.LossCurves([double.NaN]).ToPng(), Throws.Nothing);
    }

    [Test]
    public void LossCurves_refuses_what_it_cannot_draw()
    {
        Assert.That(() => Figures.LossCurves([]), Throws.ArgumentException.With.Property("ParamName").EqualTo("training"));
        Assert.That(
            () => Figures.LossCurves([1, 2], [null]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("validation")
                .And.Message.Contains("1 validation losses, but 2 training losses"));
    }

    [Test]
    public void EmbeddingScatter_puts_each_class_where_its_points_are()
    {
        // Blue to the left and below, orange to the right and above; 60 points each, in squares.
        PlanePoint[] points =
        [
            .. Enumerable.Range(0, 120).Select(i => new PlanePoint((i / 60 * 10) + (i % 8 / 8.0), (i / 60 * 10) + (i % 60 / 8 / 8.0))),
        ];
        int[] classes = [.. Enumerable.Range(0, 120).Select(i => i / 60)];

        Pixels pixels = Pixels.Of(Figures.EmbeddingScatter(points, classes, ["left", "right"]).ToPng(scale: 1));

        // The points are drawn a little translucent, the legend's swatches are not.
        var blue = pixels.Where(Blue, tolerance: 26).Where(pixel => pixel.Y > 150).ToArray();
        var orange = pixels.Where(Orange, tolerance: 30).Where(pixel => pixel.Y > 150).ToArray();
        Assert.That(blue, Has.Length.GreaterThan(500));
        Assert.That(orange, Has.Length.GreaterThan(500));
        Assert.That(blue.Max(pixel => pixel.X), Is.LessThan(orange.Min(pixel => pixel.X)));
        Assert.That(blue.Min(pixel => pixel.Y), Is.GreaterThan(orange.Max(pixel => pixel.Y)));
    }

    [Test]
    public void EmbeddingScatter_writes_a_name_at_the_median_of_its_class()
    {
        // One point far away: it moves the mean, not the median, which is the middle of the figure's lower left.
        PlanePoint[] points = [new(0, 0), new(0, 0), new(0, 0), new(0, 0), new(100, 100)];

        Figure figure = Figures.EmbeddingScatter(points, [0, 0, 0, 0, 0], ["name"]);

        XElement[] names = [.. Texts(XDocument.Parse(figure.ToSvg()).Root!).Where(text => text.Value == "name")];
        Assert.That(
            names.Select(Place),
            Has.Some.Matches<(float X, float Y)>(place => place.X < 0.25 * figure.Width && place.Y > 0.8 * figure.Height));
    }

    [Test]
    public void EmbeddingScatter_keeps_names_apart_and_inside()
    {
        // All classes have the same median.
        PlanePoint[] points = [.. Enumerable.Range(0, 40).Select(i => new PlanePoint(i < 20 ? -1 : 1, i % 2 == 0 ? -1 : 1))];
        int[] classes = [.. Enumerable.Range(0, 40).Select(i => i % 10)];
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"a class number {i}")];

        Figure figure = Figures.EmbeddingScatter(points, classes, names);

        // The legend has the first of each name, then come the halo and the ink.
        XElement[] texts = [.. Texts(XDocument.Parse(figure.ToSvg()).Root!)];
        (float X, float Y)[] places =
        [
            .. names.Select(name => texts.Where(text => text.Value == name).Select(Place).MaxBy(place => place.Y)),
        ];
        for (int i = 0; i < places.Length; i++)
        {
            Assert.That(places[i].X, Is.InRange(0, figure.Width - 100));
            Assert.That(places[i].Y, Is.InRange(100, figure.Height));
            for (int j = 0; j < i; j++)
            {
                bool apart = Math.Abs(places[i].X - places[j].X) > 100 || Math.Abs(places[i].Y - places[j].Y) > 15;
                Assert.That(apart, $"{names[i]} at {places[i]} and {names[j]} at {places[j]}");
            }
        }
    }

    [Test]
    public void EmbeddingScatter_draws_one_point_and_many_classes()
    {
        PlanePoint[] points = [.. Enumerable.Range(0, 70).Select(i => new PlanePoint(i, i))];
        string[] names = [.. points.Select((_, i) => $"class {i}")];

        Assert.That(() => Figures.EmbeddingScatter([new(3, 3)], [0], ["only"]).ToPng(), Throws.Nothing);
        Assert.That(() => Figures.EmbeddingScatter([new(3, 3)], [Figures.Unknown], []).ToPng(), Throws.Nothing);
        Assert.That(Figures.EmbeddingScatter(points, [.. Enumerable.Range(0, 70)], names).ToSvg(), Does.Not.Contain("class 13"));
    }

    [Test]
    public void EmbeddingScatter_refuses_what_it_cannot_draw()
    {
        Assert.That(
            () => Figures.EmbeddingScatter([], [], []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("points").And.Message.Contains("no points"));
        Assert.That(
            () => Figures.EmbeddingScatter([new(0, 0), new(1, double.NaN)], [0, 0], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("points").And.Message.Contains("Point 1 is (1, NaN)"));
        Assert.That(
            () => Figures.EmbeddingScatter([new(0, 0), new(1, 1)], [0], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("classes").And.Message.Contains("1 classes, but 2 points"));
        Assert.That(
            () => Figures.EmbeddingScatter([new(0, 0), new(1, 1)], [0, 1], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("classes").And.Message.Contains("Point 1 is of class 1"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public void ConfusionMatrix_colours_the_diagonal_and_what_is_off_it(bool diagonal)
    {
        double[][] counts = diagonal ? [[5, 0], [0, 5]] : [[0, 5], [5, 0]];

        Pixels pixels = Pixels.Of(Figures.ConfusionMatrix(counts, ["a", "b"]).ToPng(scale: 1));

        Assert.That(pixels.Where(diagonal ? Red : Right), Is.Empty);
        IReadOnlyList<(int X, int Y)> full = pixels.Where(diagonal ? Right : Red);
        double x = (full.Min(pixel => pixel.X) + full.Max(pixel => pixel.X)) / 2.0;
        double y = (full.Min(pixel => pixel.Y) + full.Max(pixel => pixel.Y)) / 2.0;
        Assert.That(full.Count(pixel => (pixel.X < x) == (pixel.Y < y)), Is.EqualTo(diagonal ? full.Count : 0));
    }

    [Test]
    public void ConfusionMatrix_has_the_true_classes_for_rows()
    {
        // 3 of class a were taken for b, none of b for a.
        XElement svg = XDocument.Parse(Figures.ConfusionMatrix([[7, 3], [0, 9]], ["a", "b"]).ToSvg()).Root!;

        (float X, float Y) three = Place(Texts(svg).Single(text => text.Value == "3"));
        (float X, float Y) seven = Place(Texts(svg).Single(text => text.Value == "7"));
        (float X, float Y) nine = Place(Texts(svg).Single(text => text.Value == "9"));
        Assert.That(three.Y, Is.EqualTo(seven.Y).Within(1));
        Assert.That(three.X, Is.EqualTo(nine.X).Within(1));
        Assert.That(nine.Y, Is.GreaterThan(seven.Y));
    }

    [Test]
    public void ConfusionMatrix_says_the_accuracy_and_draws_empty_rows_and_many_classes()
    {
        double[][] many =
        [
            .. Enumerable.Range(0, 80).Select(row => Enumerable.Range(0, 80).Select(column => row == column ? 1e6 : 1).ToArray()),
        ];

        Assert.That(
            Figures.ConfusionMatrix([[1990, 10], [0, 0]], ["a", "b"]).Description,
            Does.Contain("1,990 of 2,000 images right (99.50 %)"));
        Assert.That(() => Figures.ConfusionMatrix([[0]], ["a"]).ToPng(), Throws.Nothing);
        Assert.That(
            () => Figures.ConfusionMatrix(many, [.. many.Select((_, i) => $"quite a long name of class {i}")]).ToPng(),
            Throws.Nothing);
    }

    [Test]
    public void ConfusionMatrix_refuses_what_it_cannot_draw()
    {
        Assert.That(() => Figures.ConfusionMatrix([], []), Throws.ArgumentException.With.Property("ParamName").EqualTo("counts"));
        Assert.That(
            () => Figures.ConfusionMatrix([[1, 2], [3]], ["a", "b"]),
            Throws.ArgumentException.With.Message.Contains("1 counts in row 1, but 2 rows"));
        Assert.That(
            () => Figures.ConfusionMatrix([[1]], ["a", "b"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("classNames"));
        Assert.That(() => Figures.ConfusionMatrix([[-1]], ["a"]), Throws.ArgumentException.With.Message.Contains("row 0, column 0 is -1"));
    }

    [TestCase(true, "75.0 % of 4 known kept and 66.7 % of 3 unknown rejected")]
    [TestCase(false, "50.0 % of 4 known kept and 33.3 % of 3 unknown rejected")]
    public void ScoreHistogram_counts_both_sides_of_the_threshold(bool unknownIsGreater, string counted)
    {
        // At the threshold itself there is one known score, which is kept either way.
        Figure figure = Figures.ScoreHistogram([0.1, 0.2, 0.5, 0.9], [0.3, 0.7, 0.8], 0.5, "score", unknownIsGreater);

        Assert.That(figure.Description, Does.Contain(counted));
    }

    [Test]
    public void ScoreHistogram_ends_the_axis_where_few_scores_reach_far_and_says_so()
    {
        var random = new Random(2);
        double[] known = [.. Enumerable.Range(0, 1000).Select(_ => random.NextDouble())];
        double[] unknown =
        [
            .. Enumerable.Range(0, 996).Select(_ => 2 + random.NextDouble()),
            1e9, double.PositiveInfinity, double.PositiveInfinity, double.NegativeInfinity,
        ];

        Figure figure = Figures.ScoreHistogram(known, unknown, 1.5, "score");

        Assert.That(figure.Description, Does.Contain("Beyond the ends of the axis: 0 known and 4 unknown, 3 of them at infinity"));
        string[] texts = [.. Texts(XDocument.Parse(figure.ToSvg()).Root!).Select(text => text.Value)];
        Assert.That(texts, Does.Contain("Beyond the ends of the axis: 0 known and 4 unknown, 3 of them at infinity"));
        Assert.That(texts, Does.Contain("2.5").And.Not.Contain("1E+09"));
        Assert.That(Figures.ScoreHistogram(known, [2, 3], 1.5, "score").Description, Does.Not.Contain("Beyond"));
    }

    [Test]
    public void ScoreHistogram_draws_the_shares_of_each_kind()
    {
        // As many bins are full for each kind, though there are a hundred times as many known: the steps are as high.
        double[] known = [.. Enumerable.Range(0, 1000).Select(i => i % 10 / 10.0)];
        double[] unknown = [.. Enumerable.Range(0, 10).Select(i => 2 + (i / 10.0))];

        Pixels pixels = Pixels.Of(Figures.ScoreHistogram(known, unknown, 1.5, "score").ToPng(scale: 1));

        int blue = pixels.Where(Blue, tolerance: 20).Where(pixel => pixel.Y > 120).Min(pixel => pixel.Y);
        int orange = pixels.Where(Orange, tolerance: 20).Where(pixel => pixel.Y > 120).Min(pixel => pixel.Y);
        Assert.That(blue, Is.EqualTo(orange).Within(3));
    }

    [Test]
    public void ScoreHistogram_draws_scores_that_are_all_the_same_and_thresholds_beyond_them()
    {
        Assert.That(() => Figures.ScoreHistogram([1], [1], 1, "score").ToPng(), Throws.Nothing);
        Assert.That(() => Figures.ScoreHistogram([0], [0], double.PositiveInfinity, "score").ToPng(), Throws.Nothing);
        Assert.That(() => Figures.ScoreHistogram([1, 2], [3], -100, "score").ToPng(), Throws.Nothing);
        Assert.That(() => Figures.ScoreHistogram([1, 2], [double.PositiveInfinity], 2, "score").ToPng(), Throws.Nothing);
    }

    [Test]
    public void ScoreHistogram_refuses_what_it_cannot_draw()
    {
        Assert.That(
            () => Figures.ScoreHistogram([], [1], 0, "score"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("known"));
        Assert.That(
            () => Figures.ScoreHistogram([1], [], 0, "score"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown"));
        Assert.That(
            () => Figures.ScoreHistogram([1], [0, double.NaN], 0, "score"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown").And.Message.Contains("Value 1"));
        Assert.That(
            () => Figures.ScoreHistogram([1], [0], double.NaN, "score"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("threshold"));
        Assert.That(
            () => Figures.ScoreHistogram([double.PositiveInfinity], [double.PositiveInfinity], 0, "score"),
            Throws.ArgumentException.With.Message.Contains("No score is finite"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void RocCurves_draws_the_better_curve_above(bool logarithmic)
    {
        var good = new RocCurve("good", [0, 0.01, 0.1, 1], [0, 0.8, 0.95, 1]);
        var poor = new RocCurve("poor", [0, 0.01, 0.1, 1], [0, 0.1, 0.3, 1]);

        Pixels pixels = Pixels.Of(Figures.RocCurves([good, poor], logarithmic: logarithmic).ToPng(scale: 1));

        // At a column through the middle of the plot, above the legend.
        int blue = pixels.Where(Blue).Where(pixel => Math.Abs(pixel.X - 400) < 3).Min(pixel => pixel.Y);
        int orange = pixels.Where(Orange).Where(pixel => Math.Abs(pixel.X - 400) < 3).Min(pixel => pixel.Y);
        Assert.That(blue, Is.LessThan(orange - 20));
    }

    [Test]
    public void RocCurves_logarithmic_has_decades_down_to_the_least_rate()
    {
        Figure figure = Figures.RocCurves([new RocCurve("a", [0, 0.002, 1], [0, 0.5, 1])], logarithmic: true);

        string[] texts =
        [
            .. Texts(XDocument.Parse(figure.ToSvg()).Root!).Select(text => text.Value),
        ];

        Assert.That(texts, Is.SupersetOf(new[] { "0.1 %", "1 %", "10 %", "100 %" }).And.Not.Contain("0.01 %"));
    }

    [Test]
    public void EmbeddingGrid_lays_panels_out_in_rows()
    {
        PlanePoint[] points = [new(0, 0), new(1, 1)];
        EmbeddingPanel[] panels = [.. Enumerable.Range(0, 7).Select(i => new EmbeddingPanel($"panel {i}", points, [0, 1], "caption"))];

        XElement svg = XDocument.Parse(Figures.EmbeddingGrid(panels, ["a", "b"], columns: 3).ToSvg()).Root!;

        (float X, float Y)[] titles = [.. panels.Select(panel => Place(Texts(svg).Single(text => text.Value == panel.Title)))];
        for (int i = 0; i < titles.Length; i++)
        {
            Assert.That(titles[i].X, Is.EqualTo(titles[i % 3].X).Within(1));
            Assert.That(titles[i].Y, Is.EqualTo(titles[i - (i % 3)].Y).Within(1));
        }

        Assert.That(titles[1].X, Is.GreaterThan(titles[0].X));
        Assert.That(titles[3].Y, Is.GreaterThan(titles[0].Y));
    }

    [Test]
    public void EmbeddingGrid_draws_points_within_their_panel()
    {
        EmbeddingPanel[] panels = [new("left", [new(0, 0), new(1, 1)], [0, 0]), new("right", [new(5, 5), new(5, 5)], [1, 1])];

        Pixels pixels = Pixels.Of(Figures.EmbeddingGrid(panels, ["a", "b"]).ToPng(scale: 1));

        var blue = pixels.Where(Blue, tolerance: 26).Where(pixel => pixel.Y > 100).ToArray();
        var orange = pixels.Where(Orange, tolerance: 30).Where(pixel => pixel.Y > 100).ToArray();
        Assert.That(blue.Max(pixel => pixel.X), Is.LessThan(pixels.Width / 2));
        Assert.That(orange.Min(pixel => pixel.X), Is.GreaterThan(pixels.Width / 2));
    }

    [Test]
    public void EmbeddingGrid_refuses_what_it_cannot_draw()
    {
        Assert.That(() => Figures.EmbeddingGrid([], []), Throws.ArgumentException.With.Property("ParamName").EqualTo("panels"));
        Assert.That(
            () => Figures.EmbeddingGrid([new("a", [new(0, 0)], [0, 1])], ["a", "b"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("panels").And.Message.Contains("2 classes, but 1 points"));
    }

    [Test]
    public void ThumbnailSheet_draws_the_pixels_of_each_image()
    {
        var gray = new CaptionedThumbnail(Thumbnail.Gray(2, 1, [0, 200]), "gray");
        var color = new CaptionedThumbnail(Thumbnail.Rgb(1, 2, [255, 0, 0, 0, 255, 0]), "colour");

        Pixels pixels = Pixels.Of(Figures.ThumbnailSheet([gray, color], "Sheet").ToPng());

        // Wide beside it, high above it: the order of the pixels, 224 on the longer side.
        IReadOnlyList<(int X, int Y)> light = pixels.Where("#c8c8c8", tolerance: 0);
        IReadOnlyList<(int X, int Y)> red = pixels.Where("#ff0000", tolerance: 0);
        IReadOnlyList<(int X, int Y)> green = pixels.Where("#00ff00", tolerance: 0);
        Assert.That(light, Has.Count.InRange(108 * 108, 112 * 112));
        Assert.That(red, Has.Count.InRange(108 * 108, 112 * 112));
        Assert.That(green, Has.Count.InRange(108 * 108, 112 * 112));
        Assert.That(pixels[light.Min(pixel => pixel.X) - 20, light[0].Y + 10], Is.EqualTo((0, 0, 0)));
        Assert.That(red.Max(pixel => pixel.Y), Is.LessThan(green.Min(pixel => pixel.Y)));
        Assert.That(light.Max(pixel => pixel.X), Is.LessThan(red.Min(pixel => pixel.X)));
    }

    [Test]
    public void ThumbnailSheet_shrinks_large_images_and_cuts_long_captions()
    {
        var large = new CaptionedThumbnail(Thumbnail.Gray(600, 300, new byte[600 * 300]), string.Join(' ', Enumerable.Repeat("long", 50)));

        Figure figure = Figures.ThumbnailSheet([large, large], "Sheet", columns: 1);

        Assert.That(figure.Width, Is.LessThan(600));
        Assert.That(
            Texts(XDocument.Parse(figure.ToSvg()).Root!).Select(text => text.Value),
            Has.Some.StartsWith("long").And.Some.EndsWith("…"));
        Assert.That(() => Figures.ThumbnailSheet([], "Sheet"), Throws.ArgumentException.With.Property("ParamName").EqualTo("images"));
    }

    private static TestCaseData Case(Figure figure, params string[] texts) => new TestCaseData(figure, texts).SetArgDisplayNames(figure.Title);

    private static IEnumerable<XElement> Texts(XElement svg) => svg.Descendants().Where(element => element.Name.LocalName == "text");

    /// <summary>Finds where a text begins: its own first place, moved as the groups about it say.</summary>
    private static (float X, float Y) Place(XElement text)
    {
        float x = First(text.Attribute("x")?.Value ?? "0");
        float y = First(text.Attribute("y")?.Value ?? "0");
        foreach (XElement element in text.AncestorsAndSelf())
        {
            string? transform = element.Attribute("transform")?.Value;
            if (transform?.StartsWith("translate(", StringComparison.Ordinal) == true)
            {
                string[] by = Split(transform["translate(".Length..^1]);
                x += float.Parse(by[0], CultureInfo.InvariantCulture);
                y += by.Length > 1 ? float.Parse(by[1], CultureInfo.InvariantCulture) : 0;
            }
        }

        return (x, y);
    }

    private static float First(string places) => float.Parse(Split(places)[0], CultureInfo.InvariantCulture);

    private static string[] Split(string numbers) => numbers.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
}
