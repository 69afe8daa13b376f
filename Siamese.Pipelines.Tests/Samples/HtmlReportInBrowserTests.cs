using PuppeteerSharp;
using PuppeteerSharp.Input;
using Siamese.Samples.Shared;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>Opens reports as a reader does, and moves the pointer.</summary>
public sealed class HtmlReportInBrowserTests : BrowserTests
{
    private const string Nasty = "</script><script>alert('x')</script> & \"quotes\" <b>";

    // Five points: the second in the middle, the others at the corners, such that nothing is near it.
    private static readonly PlanePoint[] Points = [new(-1, -1), new(0, 0), new(1, 1), new(-1, 1), new(1, -1)];

    // Petroff's first colour, #3f90da, of which 12 % is the white of the page.
    private static readonly int[] FirstColor = [86, 157, 222];

    [Test]
    public async Task The_pointer_shows_the_image_of_the_point_and_nothing_fails()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);
        (decimal x, decimal y) = await Middle(stage);
        Assert.That(await Hovered(page), Is.EqualTo(-1));
        Assert.That(await PixelAt(stage, 2), Is.EqualTo(FirstColor).Within(3));

        await page.Mouse.MoveAsync(x + 9, y - 7);

        Assert.That(await Hovered(page), Is.EqualTo(1));
        Assert.That(await page.EvaluateExpressionAsync<bool>("document.querySelector('.tip').classList.contains('shown')"));
        Assert.That(
            await page.EvaluateExpressionAsync<string>("document.querySelector('.tip div').textContent"),
            Is.EqualTo($"caption 1 {Nasty}"));
        int[] shown = await page.EvaluateExpressionAsync<int[]>(
            "[...document.querySelector('.tip canvas').getContext('2d').getImageData(0, 0, 30, 20).data]");
        Assert.That(shown.Where((_, i) => i % 4 != 3), Is.EqualTo(Image(1)));
        Assert.That(
            await page.EvaluateExpressionAsync<double>("document.querySelector('.tip canvas').getBoundingClientRect().width"),
            Is.GreaterThan(100),
            "the image is enlarged");

        await page.Mouse.MoveAsync(x + 60, y);

        Assert.That(await Hovered(page), Is.EqualTo(-1));
        Assert.That(await page.EvaluateExpressionAsync<bool>("document.querySelector('.tip').classList.contains('shown')"), Is.False);
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task Each_point_is_where_it_belongs()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);
        BoundingBox box = await stage.BoundingBoxAsync();
        for (int i = 0; i < Points.Length; i++)
        {
            (decimal right, decimal down) = Place(box, i);
            await page.Mouse.MoveAsync(box.X + right, box.Y + down);

            Assert.That(await Hovered(page), Is.EqualTo(i));
        }

        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task Dragging_moves_the_wheel_zooms_and_a_double_click_brings_all_back()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);
        (decimal x, decimal y) = await Middle(stage);

        await page.Mouse.MoveAsync(x, y);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(x + 150, y + 90);
        await page.Mouse.UpAsync();
        Assert.That(await Hovered(page), Is.EqualTo(1), "the point went with the pointer");

        // What is under the pointer stays there; what was at the corner goes out of sight.
        await page.Mouse.WheelAsync(0, -300);
        Assert.That(await Hovered(page), Is.EqualTo(1));
        await page.Mouse.MoveAsync(x, y);
        Assert.That(await Hovered(page), Is.EqualTo(-1));

        await page.Mouse.ClickAsync(x, y, new ClickOptions { Count = 2 });
        Assert.That(await Hovered(page), Is.EqualTo(1), "the point is in the middle again");
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task The_legend_names_the_classes_and_hides_them()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);
        (decimal x, decimal y) = await Middle(stage);
        string[] names = await page.EvaluateExpressionAsync<string[]>(
            "[...document.querySelectorAll('.legend button')].map(button => button.textContent)");
        Assert.That(names, Is.EqualTo(new[] { "first", Nasty, "unknown", "all", "none", "draw images", "reset view" }));

        await page.EvaluateExpressionAsync("document.querySelectorAll('.legend button')[1].click()");
        await page.Mouse.MoveAsync(x, y);

        Assert.That(await Hovered(page), Is.EqualTo(-1));
        Assert.That(
            await page.EvaluateExpressionAsync<string>("document.querySelectorAll('.legend button')[1].getAttribute('aria-pressed')"),
            Is.EqualTo("false"));
        await Drawn(page);
        Assert.That(await PixelAt(stage, 1), Is.EqualTo(new[] { 255, 255, 255 }));
        Assert.That(await PixelAt(stage, 2), Is.EqualTo(FirstColor).Within(3));

        await page.EvaluateExpressionAsync("document.querySelectorAll('.legend button')[3].click()");
        Assert.That(await Hovered(page), Is.EqualTo(1));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task Images_are_drawn_at_their_places_when_asked_for()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: true);

        // An image of 3 x 2 fields about the point: above it the second field of the first row, beneath it that of the second.
        Assert.That(await PixelAt(stage, 2, down: -12), Is.EqualTo(Field(2, row: 0, column: 1)));
        Assert.That(await PixelAt(stage, 2, down: 12), Is.EqualTo(Field(2, row: 1, column: 1)));

        await page.EvaluateExpressionAsync(
            "[...document.querySelectorAll('button')].find(button => button.textContent === 'draw points').click()");
        await Drawn(page);

        Assert.That(await PixelAt(stage, 2), Is.EqualTo(FirstColor).Within(3));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task A_finger_shows_an_image_and_the_page_fits_a_telephone()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);
        await page.SetViewportAsync(new ViewPortOptions { Width = 390, Height = 800, DeviceScaleFactor = 2, IsMobile = true, HasTouch = true });
        await page.ReloadAsync();
        await Ready(page);
        stage = await page.QuerySelectorAsync(".stage > canvas");
        await stage.EvaluateFunctionAsync("canvas => canvas.scrollIntoView({ block: 'center' })");
        (decimal x, decimal y) = await Middle(stage);

        await page.Touchscreen.TapAsync(x + 10, y);

        Assert.That(await Hovered(page), Is.EqualTo(1));
        Assert.That(await page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), Is.EqualTo(390));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task A_dark_page_is_dark()
    {
        (IPage page, IElementHandle stage) = await Open(drawThumbnails: false);

        await page.EmulateMediaFeaturesAsync([new MediaFeatureValue { MediaFeature = MediaFeature.PrefersColorScheme, Value = "dark" }]);
        await Drawn(page);

        Assert.That(await PixelAt(stage, 2, down: 40), Is.EqualTo(new[] { 20, 23, 28 }));
        Assert.That(
            await page.EvaluateExpressionAsync<string>("getComputedStyle(document.body).backgroundColor"),
            Is.EqualTo("rgb(20, 23, 28)"));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task A_whole_report_opens_without_an_error()
    {
        string path = Folder.File("report.html");
        Report(drawThumbnails: true)
            .AddSection("Loss")
            .AddText(Nasty)
            .AddFigure(Figures.LossCurves([3, 2, 1]), Nasty)
            .AddTable([Nasty], [["1"]])
            .Save(path);

        IPage page = await Browser.Open(path, Errors);
        await Ready(page);

        Assert.That(await page.GetTitleAsync(), Is.EqualTo(Nasty));
        Assert.That(
            await page.EvaluateExpressionAsync<string>("document.querySelector('figure.scatter ~ p').textContent"),
            Is.EqualTo(Nasty));
        Assert.That(
            await page.EvaluateExpressionAsync<bool>("[...document.querySelectorAll('figure > img')].every(image => image.naturalWidth > 0)"));
        Assert.That(
            await page.EvaluateExpressionAsync<string>("getComputedStyle(document.querySelector('h2')).fontSize"),
            Is.Not.EqualTo("24px"),
            "the style sheet is taken");
        Assert.That(Errors, Is.Empty);
    }

    [TestCase("<script>nothing.like.this()</script>", "error: ")]
    [TestCase("<script>console.error('bad')</script>", "console: bad")]
    [TestCase("<img src=\"http://localhost:9/picture.png\">", "request: http://localhost:9/")]
    public async Task What_fails_in_a_page_is_noticed(string body, string expected)
    {
        string path = Folder.File("broken.html");
        await File.WriteAllTextAsync(path, $"<!DOCTYPE html><title>broken</title>{body}");

        await Browser.Open(path, Errors);

        Assert.That(Errors, Has.Some.StartsWith(expected));
    }

    [Test]
    public async Task The_policy_of_the_page_lets_no_other_script_run()
    {
        string path = Folder.File("report.html");
        string page = Report(drawThumbnails: false).ToHtml();
        const string intruder = "<script>document.title = 'taken over'</script>";
        await File.WriteAllTextAsync(path, page.Replace("</body>", $"{intruder}</body>", StringComparison.Ordinal));

        IPage opened = await Browser.Open(path, Errors);

        Assert.That(await opened.GetTitleAsync(), Is.EqualTo(Nasty));
        Assert.That(Errors, Has.Some.Contains("Content Security Policy"));
    }

    private static HtmlReport Report(bool drawThumbnails) => new HtmlReport(Nasty)
        .AddSection("Explore")
        .AddInteractiveScatter(
            Points,
            [0, 1, 0, 0, Figures.Unknown],
            ["first", Nasty],
            [.. Enumerable.Range(0, Points.Length).Select(i => Thumbnail.Rgb(30, 20, [.. Image(i).Select(level => (byte)level)]))],
            [.. Enumerable.Range(0, Points.Length).Select(i => $"caption {i} {Nasty}")],
            "What is seen",
            drawThumbnails);

    /// <summary>Makes the (20, 30, 3) levels of a point's image: two rows of three fields.</summary>
    private static int[] Image(int point) =>
        [.. Enumerable.Range(0, 20).SelectMany(y => Enumerable.Range(0, 30).SelectMany(x => Field(point, y / 10, x / 10)))];

    private static int[] Field(int point, int row, int column) => [(40 * point) + (30 * row), 70 * column, 200 - (20 * point)];

    private static Task<int> Hovered(IPage page) =>
        page.EvaluateExpressionAsync<int>("Number(document.querySelector('figure.scatter').dataset.hovered ?? -1)");

    /// <summary>Waits until what was asked for has been drawn.</summary>
    private static Task Drawn(IPage page) =>
        page.EvaluateExpressionAsync("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");

    /// <summary>Finds where a point is on the canvas: from -1 to 1 takes 1 / 1.1 of the shorter side.</summary>
    private static (decimal Right, decimal Down) Place(BoundingBox box, int point)
    {
        decimal unit = Math.Min(box.Width, box.Height) / 2.2m;
        return ((box.Width / 2) + (unit * (decimal)Points[point].X), (box.Height / 2) - (unit * (decimal)Points[point].Y));
    }

    private static async Task<int[]> PixelAt(IElementHandle stage, int point, int down = 0)
    {
        (decimal x, decimal y) = Place(await stage.BoundingBoxAsync(), point);
        return await stage.EvaluateFunctionAsync<int[]>(
            "(canvas, x, y) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data].slice(0, 3)", (int)x, (int)y + down);
    }

    private static async Task<(decimal X, decimal Y)> Middle(IElementHandle stage)
    {
        BoundingBox box = await stage.BoundingBoxAsync();
        return (box.X + (box.Width / 2), box.Y + (box.Height / 2));
    }

    /// <summary>Waits until the points have been drawn, but not longer than until an error.</summary>
    private async Task Ready(IPage page)
    {
        for (int i = 0; i < 600 && await page.QuerySelectorAsync("figure.scatter[data-ready]") is null; i++)
        {
            Assert.That(Errors, Is.Empty);
            await Task.Delay(50);
        }

        Assert.That(await page.QuerySelectorAsync("figure.scatter[data-ready]"), Is.Not.Null, "the points have been drawn");
    }

    private async Task<(IPage Page, IElementHandle Stage)> Open(bool drawThumbnails)
    {
        string path = Folder.File("report.html");
        Report(drawThumbnails).Save(path);
        IPage page = await Browser.Open(path, Errors);
        await Ready(page);
        return (page, await page.QuerySelectorAsync(".stage > canvas"));
    }
}
