using PuppeteerSharp;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>Opens the page of the server as its user does: drops photographs, enrols, searches, removes.</summary>
public sealed class GalleryServerInBrowserTests : BrowserTests
{
    private const string Key = "a key of the tests alone";

    [Test]
    public async Task A_person_is_enrolled_from_a_photograph_and_named_on_another()
    {
        string[] photographs = TestData.Celebrity("train", "madonna");
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync();
        IPage page = await Browser.Open(server.Address, Errors);
        await Until(page, "!document.querySelector('#nobody').hidden");

        await Drop(page, photographs[0], "image/jpeg");
        await Until(page, "document.querySelectorAll('.box').length === 1");
        Assert.That(await Text(page, "#verdict"), Does.StartWith("Nobody in the gallery"));
        Assert.That(await Text(page, ".box span"), Is.EqualTo("Unknown"));
        Assert.That(
            await page.EvaluateExpressionAsync<bool>(
                """
                (() => {
                  const box = document.querySelector(".box").getBoundingClientRect();
                  const photo = document.querySelector("#photo").getBoundingClientRect();
                  return box.left > photo.left && box.right < photo.right && box.top >= photo.top && box.bottom < photo.bottom && box.width > 20;
                })()
                """),
            "the face is framed within the photograph");

        await page.FocusAsync("#name");
        await page.Keyboard.TypeAsync("Madonna <b>&");
        await page.Keyboard.PressAsync("Enter");
        await Until(page, "document.querySelector('#status').textContent.includes('was enrolled')");
        await Until(page, "document.querySelector('#verdict').textContent.startsWith('Madonna <b>&')");
        Assert.That(await Text(page, "#count"), Is.EqualTo("1 face"));
        Assert.That(await Text(page, "#people .who"), Is.EqualTo("Madonna <b>&"));
        await Until(page, "document.querySelector('#people img.face').naturalWidth === 160");

        // The same face on a photograph of another day, by the file dialog.
        IElementHandle input = await page.QuerySelectorAsync("#file");
        await input.UploadFileAsync(photographs[2]);
        await Until(
            page,
            "document.querySelector('#photo').naturalWidth > 0 && document.querySelectorAll('.box').length === 1 "
            + "&& !document.body.classList.contains('busy')");
        Assert.That(await Text(page, "#near .who"), Is.EqualTo("Madonna <b>&"));
        Assert.That(
            await page.EvaluateExpressionAsync<double>("Number(document.querySelector('#near .distance').textContent)"), Is.InRange(0.1, 0.8));

        // The first press asks, the second removes.
        await page.FocusAsync("#people button");
        await page.Keyboard.PressAsync("Enter");
        Assert.That(await Text(page, "#count"), Is.EqualTo("1 face"));
        await page.Keyboard.PressAsync("Enter");
        await Until(page, "!document.querySelector('#nobody').hidden");
        Assert.That(await Text(page, "#count"), Is.EqualTo("0 faces"));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task Faces_are_chosen_with_the_keyboard()
    {
        string[] photographs = [TestData.Celebrity("val", "madonna")[0], TestData.Celebrity("val", "ben_afflek")[0]];
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync();
        IPage page = await Browser.Open(server.Address, Errors);

        await Drop(page, await SideBySide(page, photographs), "image/png");
        await Until(page, "document.querySelectorAll('.box').length === 2");
        Assert.That(await Pressed(page), Is.EqualTo(new[] { true, false }));
        Assert.That(await Text(page, "#face-title"), Is.EqualTo("Face 1 of 2 is"));

        await page.FocusAsync(".box:nth-child(2)");
        await page.Keyboard.PressAsync("Space");

        Assert.That(await Pressed(page), Is.EqualTo(new[] { false, true }));
        Assert.That(await Text(page, "#face-title"), Is.EqualTo("Face 2 of 2 is"));
        Assert.That(Errors, Is.Empty);
    }

    [Test]
    public async Task No_face_and_bad_files_are_told_and_the_next_photograph_is_taken()
    {
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(null, "--max-bytes", "200000");
        IPage page = await Browser.Open(server.Address, Errors);
        await Until(page, "document.querySelector('#limits').textContent.includes('0.2 MB')");

        await Drop(page, Folder.Image("noise.png", 120, 90, new Random(1)), "image/png");
        await Until(page, "!document.querySelector('#problem').hidden");
        Assert.That(await Text(page, "#problem"), Does.StartWith("No face was found"));
        Assert.That(await page.EvaluateExpressionAsync<bool>("document.querySelector('#panel').hidden && !document.querySelector('#stage').hidden"));

        await Drop(page, Folder.Image("large.png", 400, 300, new Random(1)), "image/png");
        await Until(page, "document.querySelector('#problem').textContent.includes('too large')");

        await Drop(page, Folder.Write("text.txt", "text"u8), "text/plain");
        await Until(page, "document.querySelector('#problem').textContent.includes('no image file')");
        Assert.That(Errors, Is.Empty);

        await Drop(page, Folder.Write("broken.png", "not an image"u8), "image/png");
        await Until(page, "document.querySelector('#problem').textContent.includes('cannot be read')");
        await Until(page, "!document.querySelector('#drop').hidden && document.querySelector('#stage').hidden");
        Assert.That(await page.EvaluateExpressionAsync<bool>("document.body.classList.contains('busy')"), Is.False);
    }

    [Test]
    public async Task A_key_is_asked_for_where_the_server_has_one()
    {
        string photograph = TestData.Celebrity("train", "madonna")[0];
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync(Key);
        IPage page = await Browser.Open(server.Address, Errors);
        await Until(page, "!document.querySelector('#key-row').hidden");
        await Drop(page, photograph, "image/jpeg");
        await Until(page, "document.querySelectorAll('.box').length === 1");
        await page.TypeAsync("#name", "Madonna");

        await page.ClickAsync("#enrol button");
        await Until(page, "document.querySelector('#problem').textContent.includes('key')");
        Assert.That(await Text(page, "#count"), Is.EqualTo("0 faces"));

        await page.TypeAsync("#key", Key);
        await page.ClickAsync("#enrol button");
        await Until(page, "document.querySelector('#count').textContent === '1 face'");
        Assert.That(await page.EvaluateExpressionAsync<bool>("document.querySelector('#problem').hidden"));
    }

    [TestCase(390, "dark")]
    [TestCase(1200, "light")]
    public async Task The_page_fits_its_window_and_asks_nobody_else(int width, string scheme)
    {
        using GalleryServerProcess server = await GalleryServerProcess.StartAsync();
        IPage page = await Browser.Open(server.Address, Errors);
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 800 });
        await page.EmulateMediaFeaturesAsync([new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = scheme }]);
        await Until(page, "!document.querySelector('#nobody').hidden");

        Assert.That(await page.EvaluateExpressionAsync<int>("document.documentElement.scrollWidth"), Is.LessThanOrEqualTo(width));
        int background = await page.EvaluateExpressionAsync<int>("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])");
        Assert.That(background, scheme == "dark" ? Is.LessThan(60) : Is.GreaterThan(200));
        Assert.That(Errors, Is.Empty);
    }

    /// <summary>Drops a file on the page, as a person does.</summary>
    private static Task Drop(IPage page, string path, string type) => page.EvaluateFunctionAsync(
        """
        (base64, name, type) => {
          const bytes = Uint8Array.from(atob(base64), letter => letter.charCodeAt(0));
          const data = new DataTransfer();
          data.items.add(new File([bytes], name, { type }));
          for (const kind of ["dragover", "drop"]) {
            document.querySelector("main").dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
          }
        }
        """,
        Convert.ToBase64String(File.ReadAllBytes(path)),
        Path.GetFileName(path),
        type);

    /// <summary>Draws photographs side by side into one.</summary>
    private async Task<string> SideBySide(IPage page, string[] photographs)
    {
        string png = await page.EvaluateFunctionAsync<string>(
            """
            async photographs => {
              const images = await Promise.all(photographs.map(async base64 =>
                createImageBitmap(new Blob([Uint8Array.from(atob(base64), letter => letter.charCodeAt(0))]))));
              const canvas = document.createElement("canvas");
              canvas.height = 400;
              const widths = images.map(image => Math.round(400 * image.width / image.height));
              canvas.width = widths.reduce((sum, width) => sum + width);
              const context = canvas.getContext("2d");
              let left = 0;
              images.forEach((image, i) => {
                context.drawImage(image, left, 0, widths[i], 400);
                left += widths[i];
              });
              return canvas.toDataURL("image/png").split(",")[1];
            }
            """,
            (object)photographs.Select(path => Convert.ToBase64String(File.ReadAllBytes(path))).ToArray());
        return Folder.Write("group.png", Convert.FromBase64String(png));
    }

    private static Task<string> Text(IPage page, string selector) =>
        page.EvaluateExpressionAsync<string>($"document.querySelector('{selector}').textContent");

    private static Task<bool[]> Pressed(IPage page) =>
        page.EvaluateExpressionAsync<bool[]>("[...document.querySelectorAll('.box')].map(box => box.getAttribute('aria-pressed') === 'true')");

    private static Task Until(IPage page, string condition) =>
        page.WaitForExpressionAsync(condition, new WaitForFunctionOptions { Timeout = 30_000 });
}
