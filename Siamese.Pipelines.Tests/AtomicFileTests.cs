namespace Siamese.Pipelines.Tests;

public sealed class AtomicFileTests
{
    [Test]
    public void Write_replaces_a_file_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("file", [1, 2, 3]);

        AtomicFile.Write(path, stream => stream.Write([9]));

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 9 }));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void Write_leaves_the_old_file_and_nothing_else_when_it_fails()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("file", [1, 2, 3]);

        Assert.That(
            () => AtomicFile.Write(path, stream =>
            {
                stream.Write([9]);
                throw new IOException("No space left on device.");
            }),
            Throws.TypeOf<IOException>().With.Message.Contains(path).And.Message.Contains("No space left"));

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_folder_that_stands_in_the_way_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("taken");
        Directory.CreateDirectory(path);

        Assert.That(() => AtomicFile.Write(path, stream => stream.Write([9])), Throws.TypeOf<IOException>().With.Message.Contains(path));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }
}
