namespace Siamese.Pipelines.Tests;

public sealed class OutputLockTests
{
    [Test]
    public void A_second_run_into_one_file_is_refused_until_the_first_has_ended()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File(new string('n', 255));

        using (OutputLock.Take(path))
        {
            Assert.That(() => OutputLock.Take(path), Throws.TypeOf<IOException>().With.Message.Contains("another run").And.Message.Contains(path));
            OutputLock.Take(folder.File("other")).Dispose();
        }

        OutputLock.Take(path).Dispose();
        Assert.That(Directory.GetFileSystemEntries(folder.Path), Is.Empty);
    }

    [Test]
    public void A_folder_is_locked_by_any_of_its_spellings()
    {
        using var folder = new TemporaryFolder();

        using (OutputLock.Take(folder.Path))
        {
            Assert.That(() => OutputLock.Take(folder.Path + Path.DirectorySeparatorChar), Throws.TypeOf<IOException>().With.Message.Contains("another run"));
        }
    }

    [Test]
    public void A_file_has_one_lock_by_all_its_names()
    {
        using var folder = new TemporaryFolder();
        string target = folder.Write("target", [1]);
        string link = folder.File("link");
        try
        {
            File.CreateSymbolicLink(link, target);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Assert.Ignore("This system does not let the test create links.");
        }

        using (OutputLock.Take(link))
        {
            Assert.That(() => OutputLock.Take(target), Throws.TypeOf<IOException>().With.Message.Contains("another run"));
        }
    }

    [Test]
    public void A_lock_that_a_killed_process_left_behind_blocks_nobody()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("file");
        using (OutputLock.Take(path))
        {
            // The name of the lock.
            string left = Directory.GetFiles(folder.Path).Single();
            Assert.That(Path.GetFileName(left), Does.EndWith(".lock"));
            path = left;
        }

        File.WriteAllBytes(path, []);

        OutputLock.Take(folder.File("file")).Dispose();
    }
}
