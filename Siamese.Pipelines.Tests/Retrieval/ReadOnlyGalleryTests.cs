using System.Runtime.Versioning;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Tests.Retrieval;

[SupportedOSPlatform("linux")]
[Platform("Linux", Reason = "The test takes permissions from one thread alone.")]
public sealed class ReadOnlyGalleryTests
{
    private const UnixFileMode ReadFile = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode WriteFile = ReadFile | UnixFileMode.UserWrite | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private const UnixFileMode Search = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    [TestCase(ReadFile, WriteFile | Search, true)]
    [TestCase(WriteFile, ReadFile | Search, false)]
    [TestCase(ReadFile, ReadFile | Search, false)]
    public void A_gallery_that_cannot_be_written_is_refused_with_the_remedy(UnixFileMode file, UnixFileMode folder, bool canBeSearched)
    {
        using var place = new TemporaryFolder();
        string path = place.File("gallery.db");
        using (Gallery gallery = Gallery.Create(path, new EmbeddingSpace("a network", 2)))
        {
            gallery.Add("a", "Ada", [1, 2]);
        }

        File.SetUnixFileMode(path, file);
        File.SetUnixFileMode(place.Path, folder);
        try
        {
            UnprivilegedThread.Run(() => Assert.That(
                () =>
                {
                    using Gallery gallery = Gallery.Open(path);
                    Assert.That(canBeSearched);
                    Assert.That(gallery.Nearest([1, 2], 1)[0].Id, Is.EqualTo("a"));
                    gallery.Add("b", "Ben", [1, 2]);
                },
                Throws.TypeOf<IOException>().With.Message.Contains(path).And.Message.Contains("read-only").And.Message.Contains("permission")));
        }
        finally
        {
            File.SetUnixFileMode(place.Path, WriteFile | Search);
            foreach (string part in Directory.GetFiles(place.Path))
            {
                File.SetUnixFileMode(part, WriteFile);
            }
        }

        // The remedy, by one whom permissions bind.
        UnprivilegedThread.Run(() =>
        {
            using Gallery opened = Gallery.Open(path);
            opened.Add("b", "Ben", [1, 2]);
            Assert.That(opened.Count, Is.EqualTo(2));
        });
    }
}
