using System.Diagnostics;
using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Tests.Images;

public sealed class ImageFilesTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Files_of_every_extension_that_is_decoded_are_found_in_order_and_the_others_counted()
    {
        Write("root/b/2.JFIF", "root/b/1.jpe", "root/a.webp", "root/Z.gif", "root/b/c/d/e.Dib", "root/b-1.png", "root/x.jpeg", "root/x.jpg", "root/x.bmp");
        Write("root/1.HEIC", "root/2.heic", "root/b/3.avif", "root/b/4.tiff", "root/notes.txt", "root/README", "root/.hidden.png", "root/.git/1.png");

        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));

        Assert.That(Names(found), Is.EqualTo(["Z.gif", "a.webp", "b-1.png", "b/1.jpe", "b/2.JFIF", "b/c/d/e.Dib", "x.bmp", "x.jpeg", "x.jpg"]));
        Assert.That(found.Files.Select(file => file.Path), Is.EqualTo(Names(found).Select(name => _folder.File(Path.Combine("root", name)))));
        Assert.That(found.Summary, Is.EqualTo(
            "Passed over: 4 of formats that are not decoded (2 .heic, 1 .avif, 1 .tiff); 2 files that are not images (1 .txt, 1 without a common extension); 2 hidden."));
    }

    [Test]
    public void Nothing_passed_over_needs_no_words()
    {
        Write("root/1.png");

        Assert.That(ImageFiles.Find(_folder.File("root")).Summary, Is.Empty);
    }

    [Test]
    public void Each_real_file_is_found_once_whatever_links_lead_to_it()
    {
        Write("root/a/1.png", "root/b/2.png", "outside/3.png", "outside/deep/4.png", "elsewhere/5.png");
        Link("root/a/again.png", "root/a/1.png");
        Link("root/a/other.png", "root/b/2.png");
        Link("root/a/whole", "root");
        Link("root/a/up", ".");
        Link("root/b/sibling", "root/a");
        Link("root/c", "outside");
        Link("root/d", "outside/deep");
        Link("root/e", "outside");
        Link("root/f.png", "elsewhere/5.png");
        Link("root/g.png", "elsewhere/5.png");
        Link("outside/back", "root");
        Link("outside/deep/round", "outside");

        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));

        Assert.That(Names(found), Is.EqualTo(["a/1.png", "b/2.png", "c/3.png", "c/deep/4.png", "f.png"]));
        Assert.That(found.Skipped.ToDictionary(skipped => skipped.Name, skipped => skipped.Reason), Is.EquivalentTo(new Dictionary<string, SkipReason>
        {
            ["a/again.png"] = SkipReason.AlreadyFound,
            ["a/other.png"] = SkipReason.AlreadyFound,
            ["a/whole"] = SkipReason.CircularLink,
            ["a/up"] = SkipReason.CircularLink,
            ["b/sibling"] = SkipReason.AlreadyFound,
            ["c/back"] = SkipReason.CircularLink,
            ["c/deep/round"] = SkipReason.CircularLink,
            ["d"] = SkipReason.AlreadyFound,
            ["e"] = SkipReason.AlreadyFound,
            ["g.png"] = SkipReason.AlreadyFound,
        }));
    }

    [Test]
    public void A_link_that_stands_before_the_file_takes_nothing_from_it()
    {
        Write("root/zoe/1.png");
        Link("root/anna/1.png", "root/zoe/1.png");
        Link("root/anna/all", "root/zoe");

        Assert.That(Names(ImageFiles.Find(_folder.File("root"))), Is.EqualTo(["zoe/1.png"]));
    }

    [Test]
    public void A_folder_that_is_itself_a_link_is_searched()
    {
        Write("real/a/1.png");
        Link("real/a/whole", "real");
        Link("root", "real");

        Assert.That(Names(ImageFiles.Find(_folder.File("root"))), Is.EqualTo(["a/1.png"]));
    }

    [Test]
    public void Links_through_links_count_by_what_they_lead_to_in_the_end()
    {
        Write("store/1/1.png");
        Link("way", "store");
        Link("root/a", "way/1");
        Link("root/b", "store/1");
        Link("root/c.png", "way/1/1.png");

        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));

        Assert.That(found.Files, Has.Count.EqualTo(1));
        Assert.That(found.Skipped.Select(skipped => skipped.Reason), Is.EqualTo([SkipReason.AlreadyFound, SkipReason.AlreadyFound]));
    }

    [Test]
    public void Broken_links_and_links_to_themselves_are_passed_over()
    {
        Write("root/1.png");
        Link("root/nothing.png", "root/nowhere.png");
        Link("root/self.png", "root/self.png");
        Link("root/x", "root/y");
        Link("root/y", "root/x");

        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));

        Assert.That(Names(found), Is.EqualTo(["1.png"]));
        Assert.That(found.Skipped.Select(skipped => skipped.Reason), Is.All.EqualTo(SkipReason.BrokenLink).And.Exactly(4).Items);
    }

    [Test]
    [Platform(Include = "Linux", Reason = "File names are bytes there.")]
    public void Names_that_are_not_UTF_8_are_passed_over()
    {
        Write("root/a/1.png");

        // .NET can neither make such names nor delete them.
        Run("sh", "-c", "printf '' > \"$(printf 'caf\\351.jpg')\"; mkdir \"$(printf 'caf\\351')\"; printf '' > \"$(printf 'caf\\351/2.png')\"");
        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));
        Run("sh", "-c", "rm -r caf*");

        Assert.That(Names(found), Is.EqualTo(["a/1.png"]));
        Assert.That(found.Skipped.Select(skipped => skipped.Reason), Is.EqualTo([SkipReason.UnreadableName, SkipReason.UnreadableName]));
        Assert.That(found.Summary, Does.Contain("2 names that cannot be opened"));
    }

    [Test]
    public void A_name_with_the_character_that_stands_for_damage_is_a_name_like_others()
    {
        Write("root/\uFFFD/\uFFFD.png");

        Assert.That(Names(ImageFiles.Find(_folder.File("root"))), Is.EqualTo(["\uFFFD/\uFFFD.png"]));
    }

    [Test]
    [Platform(Include = "Linux", Reason = "A pipe is made by a program of Unix.")]
    public void A_pipe_is_not_waited_for()
    {
        Write("root/1.png");
        Run("mkfifo", "pipe.png");

        ImageFileSearch found = ImageFiles.Find(_folder.File("root"));

        Assert.That(Names(found), Is.EqualTo(["1.png"]));
        Assert.That(found.Skipped.Single().Reason, Is.EqualTo(SkipReason.NotAFile));
    }

    [Test]
    [Platform(Include = "Linux", Reason = "Paths end at 4,096 bytes there.")]
    public void A_folder_that_cannot_be_listed_is_passed_over()
    {
        Write("root/1.png");
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 200), 11));
        Directory.CreateDirectory(_folder.File($"root/{deep}"));
        Directory.CreateDirectory(_folder.File($"second/{deep}"));

        // Moved below the first, the second is beyond the longest path. Even root's rights do not open it.
        Directory.Move(_folder.File("second"), _folder.File($"root/{deep}/second"));
        ImageFileSearch found;
        try
        {
            found = ImageFiles.Find(_folder.File("root"));
        }
        finally
        {
            Directory.Move(_folder.File($"root/{deep}/second"), _folder.File("second"));
        }

        Assert.That(Names(found), Is.EqualTo(["1.png"]));
        Assert.That(found.Skipped.Single().Reason, Is.EqualTo(SkipReason.UnreadableFolder));
    }

    [Test]
    public void The_line_stays_one_line_whatever_names_hold()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("No name holds a line break there.");
        }

        Write("root/1.png", "root/x.\n\u001b[31m", "root/y.{0}");

        Assert.That(ImageFiles.Find(_folder.File("root")).Summary, Is.EqualTo("Passed over: 2 files that are not images (2 without a common extension)."));
    }

    [Test]
    public void A_folder_that_is_not_there_is_named() =>
        Assert.That(() => ImageFiles.Find(_folder.File("nowhere")), Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("nowhere"));

    [Test]
    public void A_canceled_search_ends()
    {
        Write("root/1.png");

        Assert.That(() => ImageFiles.Find(_folder.File("root"), new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());
    }

    private static IEnumerable<string> Names(ImageFileSearch found) => found.Files.Select(file => file.Name);

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            _folder.Write(name, [1]);
        }
    }

    private void Link(string name, string target)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string to = target == "." ? target : _folder.File(target);
        if (Directory.Exists(to))
        {
            Directory.CreateSymbolicLink(path, to);
        }
        else
        {
            File.CreateSymbolicLink(path, to);
        }
    }

    private void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder.File("root") })!;
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero);
    }
}
