using Siamese.Samples.Shared;

namespace Siamese.Pipelines.Tests.Samples;

public sealed class OutputFolderTests
{
    [Test]
    public void One_run_has_a_folder_at_a_time()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("out");

        using (OutputFolder.Open(path, "metrics.json"))
        {
            Assert.That(() => OutputFolder.Open(path), Throws.TypeOf<IOException>().With.Message.Contains("another run").And.Message.Contains("--output"));
        }

        OutputFolder.Open(path).Dispose();
        Assert.That(Directory.GetFileSystemEntries(path), Is.Empty);
    }

    [Test]
    public void A_result_that_could_not_be_written_is_told_before_the_work()
    {
        using var folder = new TemporaryFolder();
        folder.Write(Path.Combine("report.html", "in the way"), []);
        string file = folder.Write("file", []);

        Assert.That(() => OutputFolder.Open(folder.Path, "metrics.json", "report.html"), Throws.TypeOf<IOException>().With.Message.Contains("report.html"));
        Assert.That(() => OutputFolder.Open(file), Throws.TypeOf<IOException>().With.Message.Contains(file));
    }

    [Test]
    public void A_text_is_written_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("metrics.json", [1, 2, 3]);

        OutputFolder.Write(path, "{ \"é\": 1 }");

        Assert.That(File.ReadAllText(path), Is.EqualTo("{ \"é\": 1 }"));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }
}
