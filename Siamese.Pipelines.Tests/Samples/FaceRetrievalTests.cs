using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Training.Datasets;

namespace Siamese.Pipelines.Tests.Samples;

/// <summary>Runs the sample as its user does, as a process of its own.</summary>
public sealed class FaceRetrievalTests
{
    [Test]
    public void Report_measures_photographs_and_draws_them_and_find_names_a_person()
    {
        string photographs = TestData.Full(Path.Combine("celebrities", "data"));
        using var folder = new TemporaryFolder();

        (int code, string output) = Run(folder, "report", photographs, "--output", "out");

        Assert.That(code, Is.Zero, output);
        using JsonDocument metrics = JsonDocument.Parse(File.ReadAllText(folder.File("out/metrics.json")));
        JsonElement faces = metrics.RootElement.GetProperty("faces");
        JsonElement embedder = metrics.RootElement.GetProperty("embedders")[0];
        Assert.That(faces.GetProperty("images").GetInt32(), Is.EqualTo(118));
        Assert.That(faces.GetProperty("detected").GetInt32(), Is.EqualTo(118));
        Assert.That(embedder.GetProperty("precisionAt1").GetDouble(), Is.GreaterThanOrEqualTo(117.0 / 118));
        Assert.That(embedder.GetProperty("precisionAtK").EnumerateArray().Single(at => at.GetProperty("k").GetInt32() == 4).GetProperty("precision").GetDouble(), Is.GreaterThanOrEqualTo(0.99));
        Assert.That(embedder.GetProperty("meanAveragePrecisionAtR").GetDouble(), Is.GreaterThanOrEqualTo(0.97));
        Assert.That(embedder.GetProperty("heldOut").GetProperty("right").GetInt32(), Is.EqualTo(25));
        Assert.That(embedder.GetProperty("adjustedRand").GetDouble(), Is.GreaterThan(0.95));
        Assert.That(embedder.GetProperty("millisecondsPerImage").GetProperty("detect").GetDouble(), Is.Positive);
        Assert.That(File.ReadAllText(folder.File("out/report.html")), Does.Contain("madonna").And.Not.Contain(photographs), "people, and no path of this machine");
        Assert.That(Directory.GetFiles(folder.File("out/pictures"), "*.png"), Has.Length.EqualTo(5));

        (code, output) = Run(folder, "find", Path.Combine(photographs, "val", "madonna", "1.jpg"), "--count", "3", "--output", "out");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("madonna").And.Not.Contain("0.000"), "a photograph does not find itself");

        (code, output) = Run(folder, "find", Path.Combine(photographs, "val", "madonna", "1.jpg"), "--threshold", "0.1", "--output", "out");
        Assert.That(output, Does.Contain("nobody"), "so near is none");
        Assert.That(code, Is.Zero);
    }

    [Test]
    public void Index_that_is_interrupted_keeps_what_it_read_and_goes_on()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("A process is interrupted by a signal here.");
        }

        string photographs = TestData.Full(Path.Combine("celebrities", "data"));
        using var folder = new TemporaryFolder();
        string gallery = folder.File("out/face-resnet34-128.db");
        using Process process = Start(folder, "index", photographs, "--output", "out");
        string? line;
        do
        {
            line = process.StandardOutput.ReadLine();
        }
        while (line is not null && !line.Contains("36 of 118"));

        Process.Start("kill", ["-INT", $"{process.Id}"]).WaitForExit();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        Assert.That(process.ExitCode, Is.EqualTo(130), output);
        int kept;
        using (Gallery half = Gallery.Open(gallery))
        {
            kept = half.Count;
        }

        Assert.That(kept, Is.InRange(36, 117));
        (int code, output) = Run(folder, "index", photographs, "--output", "out");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain($"of {118 - kept}"), "only the others were read");
        using Gallery whole = Gallery.Open(gallery);
        Assert.That(whole.Count, Is.EqualTo(118));
        Assert.That(whole.IdentificationThreshold, Is.InRange(0.3f, 0.8f));
    }

    [Test]
    public void Bad_input_is_told_in_a_line_and_bad_files_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(1);
        folder.Image("one/ada/1.png", 40, 40, random);
        folder.Image("two/ada/1.png", 40, 40, random);
        folder.Image("two/ben/1.png", 40, 40, random);
        folder.Write("two/ben/empty.jpg", []);
        folder.Write("pairs.txt", "1\t1\nada\t1\t2\nada\t1\tben\t1\n"u8.ToArray());
        Directory.CreateDirectory(folder.File("empty"));

        Told("holds no photographs", 1, "report", "empty");
        Told("There is no image file 'none.jpg'", 1, "find", "none.jpg", "--store", "memory");
        Told("does not hold an image: the file is empty", 1, "find", "one/ada/1.png", "two/ben/empty.jpg", "--store", "memory");
        Told("nowhere", 1, "report", "nowhere");
        Told("photographs of 1 person, ada", 1, "report", "one");
        Told("Faces were found on 0 photographs", 1, "report", "two");
        Told("the file is empty", 1, "report", "two");
        Told("is empty. Fill it first", 1, "find", "one/ada/1.png");
        Told("lacks 3 of the 3", 1, "verify", "pairs.txt", "two");
        Told("is not an HDF5 file", 1, "import-vggface", "pairs.txt", "vgg.onnx");
        Told("There is no file 'none.onnx'", 1, "index", "two", "--embedder", "none.onnx");
        Told("there are Dlib, VggFace", 1, "index", "two", "--embedder", "pairs.txt=Resnet");
        Told("unpack it", 2, "report");

        void Told(string message, int expected, params string[] arguments)
        {
            (int code, string output) = Run(folder, arguments);
            Assert.That(output.ReplaceLineEndings(" "), Does.Contain(message), string.Join(' ', arguments));
            Assert.That(code, Is.EqualTo(expected), output);
        }
    }

    [TestCase("--count", "2147483647")]
    [TestCase("--count", "0")]
    [TestCase("--threshold", "NaN")]
    [TestCase("--threshold", "-0.1")]
    public void A_number_out_of_range_is_refused_by_its_option(string option, string value)
    {
        using var folder = new TemporaryFolder();
        using Process process = Start(folder, "find", "none.jpg", option, value);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();

        Assert.That(error, Does.Contain($"{option} is {value}, but must be from"));
        Assert.That(process.ExitCode, Is.EqualTo(1));
    }

    [Test]
    public void A_gallery_holds_what_its_folder_holds()
    {
        using var folder = new TemporaryFolder();
        string gallery = folder.File(Path.Combine("out", "face-resnet34-128.db"));
        foreach ((string person, int index) in new[] { ("madonna", 0), ("madonna", 1), ("elton_john", 0) })
        {
            folder.Write($"photographs/{person}/{index}.jpg", File.ReadAllBytes(TestData.Celebrity("train", person)[index]));
        }

        Index("photographs");
        using (Gallery kept = Gallery.Open(gallery))
        {
            kept.Add("from another program", "ada", kept.Items.First().Embedding.Span);
        }

        // One is moved to the right person, one is gone.
        Directory.CreateDirectory(folder.File("photographs/cher"));
        File.Move(folder.File("photographs/madonna/1.jpg"), folder.File("photographs/cher/1.jpg"));
        File.Delete(folder.File("photographs/elton_john/0.jpg"));
        Index("photographs", "--keep");
        Assert.That(Labels(), Is.EqualTo(new[] { "ada", "cher", "elton_john", "madonna", "madonna" }));

        Assert.That(Index("photographs"), Does.Contain("removed 2 faces"));
        Assert.That(Labels(), Is.EqualTo(new[] { "ada", "cher", "madonna" }));

        // A folder that is not there, or empty, says nothing about photographs.
        Directory.CreateDirectory(folder.File("empty"));
        Assert.That(Run(folder, "index", "empty", "--output", "out").Code, Is.EqualTo(1));
        Assert.That(Labels(), Is.EqualTo(new[] { "ada", "cher", "madonna" }));

        string Index(params string[] arguments)
        {
            (int code, string output) = Run(folder, ["index", .. arguments, "--output", "out"]);
            Assert.That(code, Is.Zero, output);
            return output;
        }

        string[] Labels()
        {
            using Gallery kept = Gallery.Open(gallery);
            return [.. kept.Items.Select(item => item.Label).Order(StringComparer.Ordinal)];
        }
    }

    private static (int Code, string Output) Run(TemporaryFolder folder, params string[] arguments)
    {
        using Process process = Start(folder, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static Process Start(TemporaryFolder folder, params string[] arguments)
    {
        string program = typeof(FaceRetrievalTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(found => found.Key == "FaceRetrieval").Value!;
        return Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder.File("."),
            RedirectStandardOutput = true,
            RedirectStandardError = arguments.Contains("find"),
        })!;
    }
}
