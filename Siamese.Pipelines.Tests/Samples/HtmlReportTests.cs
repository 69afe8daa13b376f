using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Samples.Shared;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Samples;

public sealed partial class HtmlReportTests
{
    private const string Nasty = "</script><script>alert('x')</script> & \"quotes\" <b>";

    [TestCase("97.60 %")]
    [TestCase("97.60\u00A0%")]
    public void A_column_of_numbers_is_set_to_the_right(string cell) =>
        Assert.That(new HtmlReport("Numbers").AddTable(["share"], [[cell]]).ToHtml(), Does.Contain("class=\"number\""));

    [Test]
    public void Text_is_shown_as_it_is_wherever_it_stands()
    {
        string page = new HtmlReport(Nasty)
            .AddSection(Nasty)
            .AddText(Nasty)
            .AddSection("another")
            .AddTable([Nasty], [[Nasty]], Nasty)
            .AddDefinitions(new Dictionary<string, string> { [Nasty] = Nasty })
            .AddFigure(Figures.LossCurves([1], title: Nasty), Nasty)
            .AddInteractiveScatter([new(0, 0)], [0], [Nasty], [Thumbnail.Gray(1, 1, [7])], [Nasty], Nasty)
            .ToHtml();

        // What is left once the page's own elements are taken away says the text, and nothing else has become an element.
        Assert.That(page, Does.Not.Contain("alert('x')"));
        Assert.That(Regex.Count(page, "<b>"), Is.Zero);
        Assert.That(Regex.Count(page, "<script[ >]"), Is.EqualTo(2));
        Assert.That(Regex.Count(page, "</script>"), Is.EqualTo(2));
        foreach (string element in new[] { "title", "h1", "h2", "p", "th", "td", "caption", "dt", "dd", "figcaption" })
        {
            string inner = Regex.Match(page, $"<{element}(?: [^>]*)?>(.*?)</{element}>", RegexOptions.Singleline).Groups[1].Value;
            Assert.That(WebUtility.HtmlDecode(inner), Is.EqualTo(Nasty), element);
        }

        JsonElement data = Data(page);
        Assert.That(data.GetProperty("names")[0].GetString(), Is.EqualTo(Nasty));
        Assert.That(data.GetProperty("captions")[0].GetString(), Is.EqualTo(Nasty));
    }

    [Test]
    public void Nothing_is_loaded_from_elsewhere()
    {
        string page = new HtmlReport("Report")
            .AddSection("a")
            .AddFigure(Figures.LossCurves([1]))
            .AddSection("b")
            .AddInteractiveScatter([new(0, 0)], [0], ["a"], [Thumbnail.Gray(1, 1, [7])], ["caption"])
            .ToHtml();

        string[] references =
        [
            .. Regex.Matches(page, "\\b(?:src|href|srcset|data|action|poster)=\"([^\"]*)\"").Select(match => match.Groups[1].Value),
        ];
        Assert.That(references, Has.Length.EqualTo(4));
        Assert.That(references, Has.All.Match("^(data:image/png;base64,|#)"));
        Assert.That(page, Does.Not.Contain("http://").And.Not.Contain("https://").And.Not.Contain("@import").And.Not.Contain("url("));
        Assert.That(page, Does.Contain("default-src 'none'"));
        Assert.That(page, Does.Contain("<meta charset=\"utf-8\">").And.Contain("name=\"viewport\"").And.Contain("@media print"));
    }

    [Test]
    public void Sections_stand_in_order_and_in_the_contents()
    {
        string page = new HtmlReport("Report").AddText("before").AddSection("first").AddText("one").AddSection("second").AddText("two").ToHtml();

        Assert.That(
            page,
            Does.Match(
                "(?s)href=\"#section-1\">first<.*href=\"#section-2\">second<.*<p>before</p>.*"
                + "<h2 id=\"section-1\">first</h2>\n<p>one</p>\n<h2 id=\"section-2\">second</h2>\n<p>two</p>"));
        Assert.That(new HtmlReport("Report").AddSection("only").ToHtml(), Does.Not.Contain("<nav"));
    }

    [Test]
    public void AddText_makes_a_paragraph_of_each_block()
    {
        string page = new HtmlReport("Report").AddText("one\nline\r\n\r\ntwo\n\n\n\nthree\n").ToHtml();

        Assert.That(
            Regex.Matches(page, "(?s)<p>(.*?)</p>").Select(match => match.Groups[1].Value),
            Is.EqualTo(new[] { "one\nline", "two", "three" }));
    }

    [TestCase("98.9 %", true)]
    [TestCase("1,234", true)]
    [TestCase("-3.5e-7", true)]
    [TestCase("1,500 images/s", true)]
    [TestCase("0.3", true)]
    [TestCase("", true)]
    [TestCase("3 of 4", false)]
    [TestCase("modern", false)]
    [TestCase("2026-10-01", false)]
    public void AddTable_sets_columns_of_numbers_flush_right(string cell, bool number)
    {
        string page = new HtmlReport("Report").AddTable(["name", "value"], [["a", "1"], ["b", cell]]).ToHtml();

        Assert.That(page.Contains("<th scope=\"col\" class=\"number\">value</th>", StringComparison.Ordinal), Is.EqualTo(number));
        Assert.That(page, Does.Contain("<th scope=\"col\">name</th>"));
    }

    [Test]
    public void AddTable_refuses_rows_of_another_length()
    {
        var report = new HtmlReport("Report");

        Assert.That(() => report.AddTable([], []), Throws.ArgumentException.With.Property("ParamName").EqualTo("headers"));
        Assert.That(
            () => report.AddTable(["a", "b"], [["1", "2"], ["3"]]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("rows").And.Message.Contains("1 cells in row 1, but 2 headers"));
    }

    [Test]
    public void AddFigure_has_the_png_and_its_description()
    {
        Figure figure = Figures.LossCurves([2, 1]);

        string page = new HtmlReport("Report").AddFigure(figure, "caption").ToHtml();

        Match image = Regex.Match(page, "<img alt=\"([^\"]*)\" width=\"(\\d+)\" height=\"(\\d+)\" src=\"data:image/png;base64,([^\"]*)\">");
        Assert.That(WebUtility.HtmlDecode(image.Groups[1].Value), Is.EqualTo(figure.Description));
        Assert.That(int.Parse(image.Groups[2].Value), Is.EqualTo(figure.Width));
        Assert.That(Convert.FromBase64String(image.Groups[4].Value), Is.EqualTo(figure.ToPng()));
        Assert.That(page, Does.Contain("<figcaption>caption</figcaption>"));
    }

    [TestCase(1, 28, 28, 1, 1)]
    [TestCase(2, 5, 7, 37, 1)]
    [TestCase(3, 9, 4, 200, 3)]
    [TestCase(4, 300, 150, 100, 1)]
    [TestCase(5, 112, 112, 400, 3)]
    public void Thumbnails_are_found_where_the_data_say(int seed, int width, int height, int count, int channels)
    {
        var random = new Random(seed);
        Thumbnail[] thumbnails = [.. Enumerable.Range(0, count).Select(_ => Noise(random, width, height, channels))];
        PlanePoint[] points = [.. thumbnails.Select((_, i) => new PlanePoint(i, 0))];

        string page = Scatter(points, thumbnails).ToHtml();

        AssertPacked(page, thumbnails);
    }

    [Test]
    public void Thumbnails_may_differ_in_size_and_colour()
    {
        var random = new Random(6);
        Thumbnail[] thumbnails =
        [
            .. Enumerable.Range(0, 50).Select(i => Noise(random, 1 + random.Next(20), 1 + random.Next(20), i % 2 == 0 ? 1 : 3)),
        ];
        PlanePoint[] points = [.. thumbnails.Select((_, i) => new PlanePoint(i, 0))];

        string page = Scatter(points, thumbnails).ToHtml();

        AssertPacked(page, thumbnails);
    }

    [Test]
    public void AddInteractiveScatter_keeps_places_and_proportions()
    {
        // Twice as wide as high, far from the origin.
        PlanePoint[] points = [new(100, 50), new(104, 52), new(102, 51), new(101, 50)];

        JsonElement data = Data(Scatter(points).ToHtml());

        Assert.That(Numbers(data, "x"), Is.EqualTo(new[] { -1, 1, 0, -0.5 }));
        Assert.That(Numbers(data, "y"), Is.EqualTo(new[] { -0.5, 0.5, 0, -0.5 }));
        Assert.That(Numbers(Data(Scatter([new(7, 7), new(7, 7)]).ToHtml()), "x"), Is.EqualTo(new double[] { 0, 0 }));
    }

    [Test]
    public void Five_thousand_digits_make_a_page_of_less_than_three_million_bytes()
    {
        IdxImages images = IdxReader.ReadImages(Path.Combine(TestData.SampleDigits, "train-images-idx3-ubyte.gz"));
        var random = new Random(1);
        int[] rows = [.. Enumerable.Range(0, 5000).Select(i => i % images.Count)];
        Thumbnail[] thumbnails = [.. rows.Select(row => Thumbnail.Gray(28, 28, images.Pixels[(784 * row)..(784 * (row + 1))]))];
        PlanePoint[] points = [.. rows.Select(_ => new PlanePoint(random.NextDouble(), random.NextDouble()))];

        string page = new HtmlReport("Report")
            .AddInteractiveScatter(points, new int[5000], ["digit"], thumbnails, [.. rows.Select(row => $"{row}, said 8 (97 %)")])
            .ToHtml();

        Assert.That(page, Has.Length.LessThan(3_000_000));
    }

    [Test]
    public void AddInteractiveScatter_refuses_lists_that_disagree()
    {
        var report = new HtmlReport("Report");
        Thumbnail dot = Thumbnail.Gray(1, 1, [0]);

        Assert.That(
            () => report.AddInteractiveScatter([], [], [], [], []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("points").And.Message.Contains("no points"));
        Assert.That(
            () => report.AddInteractiveScatter([new(0, 0)], [], ["a"], [dot], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("classes"));
        Assert.That(
            () => report.AddInteractiveScatter([new(0, 0)], [1], ["a"], [dot], ["a"]),
            Throws.ArgumentException.With.Message.Contains("Point 0 is of class 1"));
        Assert.That(
            () => report.AddInteractiveScatter([new(0, 0)], [0], ["a"], [dot, dot], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("thumbnails").And.Message.Contains("2 thumbnails, but 1 points"));
        Assert.That(
            () => report.AddInteractiveScatter([new(0, 0)], [0], ["a"], [dot], []),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("captions"));
        Assert.That(
            () => report.AddInteractiveScatter([new(0, 0)], [0], ["a"], [Thumbnail.Gray(3000, 1, new byte[3000])], ["a"]),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("thumbnails").And.Message.Contains("3000 x 1 pixels"));
        Assert.That(report.ToHtml(), Is.EqualTo(new HtmlReport("Report").ToHtml()), "nothing of what was refused is in the page");
    }

    [Test]
    public void Save_replaces_the_file_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("report.html", [1, 2, 3]);
        var report = new HtmlReport("Übersicht");

        report.Save(path);

        Assert.That(File.ReadAllText(path), Is.EqualTo(report.ToHtml()));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
        Assert.That(() => new HtmlReport(" "), Throws.ArgumentException);
    }

    private static HtmlReport Scatter(PlanePoint[] points) => Scatter(points, [.. points.Select(_ => Thumbnail.Gray(1, 1, [0]))]);

    private static HtmlReport Scatter(PlanePoint[] points, Thumbnail[] thumbnails) => new HtmlReport("Report")
        .AddInteractiveScatter(points, new int[points.Length], ["a"], thumbnails, [.. points.Select(_ => string.Empty)]);

    private static Thumbnail Noise(Random random, int width, int height, int channels)
    {
        var pixels = new byte[width * height * channels];
        random.NextBytes(pixels);
        return channels == 1 ? Thumbnail.Gray(width, height, pixels) : Thumbnail.Rgb(width, height, pixels);
    }

    private static void AssertPacked(string page, Thumbnail[] thumbnails)
    {
        JsonElement data = Data(page);
        Pixels[] sheets =
        [
            .. Regex.Matches(page, "<img class=\"sheet\" alt=\"\" src=\"data:image/png;base64,([^\"]*)\">")
                .Select(match => Pixels.Of(Convert.FromBase64String(match.Groups[1].Value))),
        ];
        int columns = data.GetProperty("columns").GetInt32();
        int perSheet = data.GetProperty("perSheet").GetInt32();
        double[] cell = Numbers(data, "cell");
        Assert.That(sheets, Has.Length.EqualTo((thumbnails.Length + perSheet - 1) / perSheet));
        Assert.That(sheets.Max(sheet => Math.Max(sheet.Width, sheet.Height)), Is.LessThanOrEqualTo(2048));
        for (int i = 0; i < thumbnails.Length; i++)
        {
            Thumbnail thumbnail = thumbnails[i];
            double[] size = data.GetProperty("sizes") is { ValueKind: JsonValueKind.Array } sizes ? Numbers(sizes[i]) : cell;
            Assert.That(size, Is.EqualTo(new double[] { thumbnail.Width, thumbnail.Height }));
            int place = i % perSheet;
            int left = place % columns * (int)cell[0];
            int top = place / columns * (int)cell[1];
            for (int y = 0; y < thumbnail.Height; y++)
            {
                for (int x = 0; x < thumbnail.Width; x++)
                {
                    if (sheets[i / perSheet][left + x, top + y] != Pixel(thumbnail, x, y))
                    {
                        Assert.Fail($"Thumbnail {i} has another pixel at {x}, {y}.");
                    }
                }
            }
        }
    }

    private static (int Red, int Green, int Blue) Pixel(Thumbnail thumbnail, int x, int y)
    {
        ReadOnlySpan<byte> pixels = thumbnail.Pixels;
        int first = ((y * thumbnail.Width) + x) * thumbnail.Channels;
        return thumbnail.Channels == 1 ? (pixels[first], pixels[first], pixels[first]) : (pixels[first], pixels[first + 1], pixels[first + 2]);
    }

    private static double[] Numbers(JsonElement data, string name) => Numbers(data.GetProperty(name));

    private static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    private static JsonElement Data(string page) => JsonDocument.Parse(Json().Match(page).Groups[1].Value).RootElement;

    [GeneratedRegex("(?s)<script type=\"application/json\">(.*?)</script>")]
    private static partial Regex Json();
}
