using Microsoft.ML;
using Microsoft.ML.Data;
using NUnit.Framework.Constraints;
using Siamese.Pipelines.Images;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class ImageFolderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Find_orders_by_class_and_then_by_path_whatever_the_language()
    {
        // By code, capitals come before small letters, '-' before '/', and 10 before 2.
        Write("anna/2.png", "anna/10.png", "anna/b/1.png", "anna/b-1.png", "anna/B.png");
        Write("Zoe/1.png", "Zoe/2.png", "anna-b/1.png", "anna-b/2.png");

        Assert.That(
            ImageFolder.Find(_folder.Path).Select(image => (image.Label, Relative(image.Path))),
            Is.EqualTo(new[]
            {
                ("Zoe", "Zoe/1.png"), ("Zoe", "Zoe/2.png"), ("anna", "anna/10.png"), ("anna", "anna/2.png"), ("anna", "anna/B.png"),
                ("anna", "anna/b-1.png"), ("anna", "anna/b/1.png"), ("anna-b", "anna-b/1.png"), ("anna-b", "anna-b/2.png"),
            }));
    }

    [Test]
    public void Find_takes_five_kinds_of_images_in_any_case_and_tells_what_it_passed_over()
    {
        Write("a/1.png", "a/2.JPG", "a/3.Jpeg", "a/4.jpe", "a/5.JFIF", "b/1.BMP", "b/2.webp", "b/3.gif");
        Write("b/notes.txt", "b/4.png.bak", "b/Thumbs.db", "README.md", "c/only.txt", "c/1.HEIC");
        ImageFileSearch? search = null;

        Assert.That(
            ImageFolder.Find(_folder.Path, new ImageFolderOptions { Searched = found => search = found }).Select(image => Relative(image.Path)),
            Is.EqualTo(["a/1.png", "a/2.JPG", "a/3.Jpeg", "a/4.jpe", "a/5.JFIF", "b/1.BMP", "b/2.webp", "b/3.gif"]));
        Assert.That(search!.Summary, Does.Contain("1 .heic").And.Contains("2 .txt"));
    }

    [Test]
    public void A_link_gives_no_image_a_second_label()
    {
        Write("a/1.png", "a/2.png", "b/1.png", "b/2.png");
        Directory.CreateSymbolicLink(_folder.File("a/all"), _folder.Path);
        Directory.CreateSymbolicLink(_folder.File("c"), _folder.File("b"));
        File.CreateSymbolicLink(_folder.File("a/3.png"), _folder.File("b/1.png"));

        Assert.That(
            ImageFolder.Find(_folder.Path).Select(image => (image.Label, Relative(image.Path))),
            Is.EqualTo(new[] { ("a", "a/1.png"), ("a", "a/2.png"), ("b", "b/1.png"), ("b", "b/2.png") }));
    }

    [Test]
    public void Load_warns_in_the_log_of_what_was_passed_over()
    {
        Write("a/1.png", "a/2.png", "b/1.png", "b/2.png", "b/3.heic");
        var ml = new MLContext(seed: 1);
        var warnings = new List<string>();
        ml.Log += (_, entry) =>
        {
            if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(entry.RawMessage);
            }
        };

        ImageFolder.Load(ml, _folder.Path);

        Assert.That(warnings, Has.Count.EqualTo(1));
        Assert.That(warnings[0], Does.Contain(_folder.Path).And.Contains("1 .heic"));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "A leading dot hides nothing there.")]
    public void Find_passes_over_what_is_hidden()
    {
        Write("a/1.png", "a/2.png", "a/._1.png", "b/1.png", "b/2.png", ".cache/1.png", "b/.thumbs/1.png");

        Assert.That(ImageFolder.Find(_folder.Path), Has.Count.EqualTo(4));
    }

    [Test]
    public void Load_gives_full_paths_and_labels_as_text()
    {
        Write("a/1.png", "a/2.png", "b/1.png", "b/2.png");
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, _folder.Path);

        IDataView view = ImageFolder.Load(new MLContext(seed: 1), relative);

        Assert.That(view.Schema.Select(column => (column.Name, column.Type)), Is.EquivalentTo(new (string, DataViewType)[]
        {
            ("Path", TextDataViewType.Instance), ("Label", TextDataViewType.Instance),
        }));
        Assert.That(view.GetColumn<string>("Label"), Is.EqualTo(["a", "a", "b", "b"]));
        Assert.That(view.GetColumn<string>("Path").First(), Is.EqualTo(_folder.File(Path.Combine("a", "1.png"))));
    }

    [Test]
    public void A_missing_folder_is_named() =>
        Assert.That(
            () => ImageFolder.Find(_folder.File("nowhere")),
            Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("nowhere").And.Message.Contains("folder/class/image.png"));

    [Test]
    public void A_folder_without_images_is_refused_with_the_layout_to_use()
    {
        Write("a/notes.txt");

        Assert.That(
            () => ImageFolder.Find(_folder.Path),
            Refused("holds no images (.png, .jpg, .jpeg,", "1 .txt"));
    }

    [Test]
    public void Images_in_no_class_are_refused_with_their_number_and_the_first()
    {
        Write("a/1.png", "a/2.png", "b/1.png", "b/2.png", "stray2.png", "stray1.png");

        Assert.That(() => ImageFolder.Find(_folder.Path), Refused("2 images that are in no class's folder", "'stray1.png'"));
    }

    [Test]
    public void One_class_is_refused_by_name()
    {
        Write("anna/1.png", "anna/2.png");

        Assert.That(() => ImageFolder.Find(_folder.Path), Refused("1 class, 'anna'", "at least 2"));
    }

    [Test]
    public void Classes_of_one_image_are_refused_by_name()
    {
        Write("anna/1.png", "anna/2.png", "ben/1.png", "carl/1.png");

        Assert.That(() => ImageFolder.Find(_folder.Path), Refused("'ben' (1), 'carl' (1)", "at least 2 images"));
    }

    [Test]
    public void A_gallery_may_ask_for_less()
    {
        Write("anna/1.png");

        var gallery = new ImageFolderOptions { MinimumClasses = 1, MinimumImagesPerClass = 1 };
        Assert.That(ImageFolder.Find(_folder.Path, gallery), Has.Count.EqualTo(1));
    }

    [Test]
    public void Asking_for_less_than_one_is_refused_by_name()
    {
        Assert.That(
            () => new ImageFolderOptions { MinimumClasses = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("MinimumClasses"));
        Assert.That(
            () => new ImageFolderOptions { MinimumImagesPerClass = 0 },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("MinimumImagesPerClass"));
    }

    private static Constraint Refused(string what, string remedy) =>
        Throws.TypeOf<InvalidDataException>().With.Message.Contains(what).And.Message.Contains(remedy);

    private void Write(params string[] names)
    {
        foreach (string name in names)
        {
            _folder.Write(name, []);
        }
    }

    private string Relative(string path) => Path.GetRelativePath(_folder.Path, path).Replace('\\', '/');
}
