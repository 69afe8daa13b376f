using PuppeteerSharp;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>A browser of a fixture's own, with a profile of its own. It ends with all its processes.</summary>
internal sealed class HeadlessChromium : IAsyncDisposable
{
    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    private readonly IBrowser _browser;
    private readonly TemporaryFolder _profile;

    private HeadlessChromium(IBrowser browser, TemporaryFolder profile)
    {
        _browser = browser;
        _profile = profile;
    }

    /// <summary>Starts the browser that CHROME_PATH names, or else the one on the PATH; ignores the test where there is none.</summary>
    public static async Task<HeadlessChromium> Start()
    {
        string path = Find();
        var profile = new TemporaryFolder();
        var options = new LaunchOptions
        {
            ExecutablePath = path,
            UserDataDir = profile.Path,
            Timeout = 120_000,

            // The sandbox needs rights that containers lack, and the pages are our own.
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        };
        return new HeadlessChromium(await Puppeteer.LaunchAsync(options), profile);
    }

    /// <summary>Opens a page and waits until it has been loaded.</summary>
    /// <param name="path">A file.</param>
    /// <param name="errors">Gets what the page's scripts threw, what its console calls errors, and what it asked others for.</param>
    public Task<IPage> Open(string path, ICollection<string> errors) => Open(new Uri(path), errors);

    /// <summary>Opens a page, of a file or of a server, and waits until it has been loaded.</summary>
    /// <param name="address">The page.</param>
    /// <param name="errors">Gets what the page's scripts threw, what its console calls errors, and what it asked others for.</param>
    public async Task<IPage> Open(Uri address, ICollection<string> errors)
    {
        IPage page = await _browser.NewPageAsync();
        page.PageError += (_, error) => errors.Add($"error: {error.Message}");
        page.Console += (_, entry) =>
        {
            if (entry.Message.Type == ConsoleType.Error)
            {
                errors.Add($"console: {entry.Message.Text}");
            }
        };
        page.Request += (_, request) =>
        {
            var asked = new Uri(request.Request.Url);
            if (asked.Scheme is not ("file" or "data" or "blob") && (asked.Scheme, asked.Authority) != (address.Scheme, address.Authority))
            {
                errors.Add($"request: {request.Request.Url}");
            }
        };
        await page.SetViewportAsync(new ViewPortOptions { Width = 1000, Height = 1400 });
        await page.GoToAsync(address.AbsoluteUri);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _browser.CloseAsync();
        }
        finally
        {
            if (!_browser.Process.HasExited)
            {
                _browser.Process.Kill(entireProcessTree: true);
                await _browser.Process.WaitForExitAsync();
            }

            _profile.Dispose();
        }
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("CHROME_PATH") is { Length: > 0 } named)
        {
            return File.Exists(named) ? named : throw new FileNotFoundException($"CHROME_PATH names '{named}', which is not there.");
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator);
        string? found = Names
            .SelectMany(name => folders.Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? $"{name}.exe" : name)))
            .FirstOrDefault(File.Exists);
        if (found is null)
        {
            Assert.Ignore("No Chromium is on the PATH. Install one, or set CHROME_PATH, to see reports opened in a browser.");
        }

        return found!;
    }
}
