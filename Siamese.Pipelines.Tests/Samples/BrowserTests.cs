namespace Siamese.Pipelines.Tests.Samples;

/// <summary>Tests that open pages in a browser, which is started once for all of them; each has a folder of its own.</summary>
public abstract class BrowserTests
{
    private protected List<string> Errors { get; private set; } = [];

    private protected HeadlessChromium Browser { get; private set; } = null!;

    private protected TemporaryFolder Folder { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task Start() => Browser = await HeadlessChromium.Start();

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (Browser is not null)
        {
            await Browser.DisposeAsync();
        }
    }

    [SetUp]
    public void MakeFolder()
    {
        // A list of its own: the pages of earlier tests stay open, and complain when their servers are gone.
        Errors = [];
        Folder = new TemporaryFolder();
    }

    [TearDown]
    public void DeleteFolder() => Folder.Dispose();
}
