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
    public void Write_leaves_nothing_when_the_content_cannot_be_made()
    {
        using var folder = new TemporaryFolder();

        Assert.That(() => AtomicFile.Write(folder.File("file"), _ => throw new InvalidDataException("No content.")), Throws.TypeOf<InvalidDataException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void A_folder_that_stands_in_the_way_is_left_alone()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("taken");
        Directory.CreateDirectory(path);

        Assert.That(() => AtomicFile.Write(path, stream => stream.Write([9])), Throws.TypeOf<IOException>().With.Message.Contains(path));
        Assert.That(() => AtomicFile.ThrowIfNotWritable(path), Throws.TypeOf<IOException>().With.Message.Contains(path));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void A_name_may_be_as_long_as_the_file_system_allows()
    {
        using var folder = new TemporaryFolder();
        string longest = folder.File(new string('n', 255));
        string tooLong = folder.File(new string('n', 256));

        AtomicFile.ThrowIfNotWritable(longest);
        AtomicFile.Write(longest, stream => stream.Write([9]));

        Assert.That(File.ReadAllBytes(longest), Is.EqualTo(new byte[] { 9 }));
        Assert.That(() => AtomicFile.ThrowIfNotWritable(tooLong), Throws.InstanceOf<IOException>());
        Assert.That(() => AtomicFile.Write(tooLong, stream => stream.Write([9])), Throws.InstanceOf<IOException>());
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { longest }));
    }

    [Test]
    public void Whether_a_file_can_be_written_is_found_out_without_touching_it()
    {
        using var folder = new TemporaryFolder();
        string there = folder.Write("there", [1, 2, 3]);

        AtomicFile.ThrowIfNotWritable(there);
        AtomicFile.ThrowIfNotWritable(folder.File(Path.Combine("new", "file")));

        Assert.That(File.ReadAllBytes(there), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories), Is.EqualTo(new[] { there }));
        Assert.That(() => AtomicFile.ThrowIfNotWritable(Path.Combine(there, "file")), Throws.InstanceOf<IOException>().With.Message.Contains(there));
    }

    [Test]
    public void A_link_is_followed_and_stays_a_link()
    {
        using var folder = new TemporaryFolder();
        string target = folder.Write("target", [1]);
        string link = folder.File("link");
        CreateLink(link, target);

        AtomicFile.Write(link, stream => stream.Write([9]));

        Assert.That(File.ReadAllBytes(target), Is.EqualTo(new byte[] { 9 }));
        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo(target));
    }

    [Test]
    public void What_an_ended_process_left_behind_is_removed_and_all_else_is_kept()
    {
        using var folder = new TemporaryFolder();

        // No process has this number: Linux ends at 4,194,304.
        string abandoned = folder.Write(".siamese-1999999999-0123456789abcdef.tmp", [1]);
        string ours = folder.Write($".siamese-{Environment.ProcessId}-0123456789abcdef.tmp", [1]);
        string[] kept =
        [
            folder.Write(".siamese-1999999999-notours.tmp", [1]),
            folder.Write("other.tmp", [1]),
            folder.Write(".siamese-x-0123456789abcdef.tmp", [1]),
            folder.Write(".siamese-1999999999-0123456789abcdef.tmp.bak", [1]),
        ];
        string held = folder.Write(".siamese-1999999999-fedcba9876543210.tmp", [1]);
        using var holder = new FileStream(held, FileMode.Open, FileAccess.Write, FileShare.Delete);

        AtomicFile.Write(folder.File("file"), stream => stream.Write([9]));

        Assert.That(Directory.GetFiles(folder.Path), Is.EquivalentTo(kept.Append(held).Append(folder.File("file"))));
        Assert.That(File.Exists(abandoned) || File.Exists(ours), Is.False);
    }

    [Test]
    public void A_file_that_is_being_written_is_not_taken_for_abandoned()
    {
        using var folder = new TemporaryFolder();

        AtomicFile.Write(folder.File("outer"), outer =>
        {
            outer.Write([1]);
            AtomicFile.Write(folder.File("inner"), inner => inner.Write([2]));
            outer.Write([3]);
        });

        Assert.That(File.ReadAllBytes(folder.File("outer")), Is.EqualTo(new byte[] { 1, 3 }));
        Assert.That(File.ReadAllBytes(folder.File("inner")), Is.EqualTo(new byte[] { 2 }));
    }

    [Test]
    public void Many_threads_may_write_one_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("file");

        Parallel.For(0, 64, i => AtomicFile.Write(path, stream => stream.Write(Enumerable.Repeat((byte)i, 1000).ToArray())));

        Assert.That(File.ReadAllBytes(path).Distinct().Count(), Is.EqualTo(1));
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.EqualTo(new[] { path }));
    }

    private static void CreateLink(string link, string target)
    {
        try
        {
            File.CreateSymbolicLink(link, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Assert.Ignore("This system does not let the test create links.");
        }
    }
}
