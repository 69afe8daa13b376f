using System.Diagnostics;
using Siamese.Galleries.Garnet;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Retrieval;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Samples.Stores;

namespace Siamese.Pipelines.Tests.Galleries;

/// <summary>Holds docs/garnet.md to its word, and the form of a store that samples take.</summary>
public sealed class GarnetGuideTests
{
    [Test]
    public async Task The_lines_of_the_guide_run()
    {
        using GarnetServer server = GarnetServer.Start();
        string connection = server.Address;
        var embedding = new float[128];
        embedding[3] = 1;
        TextWriter console = Console.Out;
        var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            // The guide:
            var space = new EmbeddingSpace("face-resnet34-128", 128);
            await using IGallery gallery = await GarnetGallery.OpenOrCreateAsync(connection, "faces", space);

            await gallery.UpsertAsync([new GalleryItem("ada/1.jpg", "Ada", embedding)]);
            foreach (Match match in await gallery.NearestAsync(embedding, count: 3, GalleryFilter.OfLabel("Ada")))
            {
                Console.WriteLine($"{match.Label}, {match.Id}, {match.Distance:F3}");
            }

            Match? who = await gallery.IdentifyAsync(embedding, distance: 0.6f);
            Console.WriteLine(who is null ? "nobody known" : who.Value.Label);
        }
        finally
        {
            Console.SetOut(console);
        }

        string[] expected = ["Ada, ada/1.jpg, 0.000", "Ada"];
        Assert.That(printed.ToString().ReplaceLineEndings("\n").TrimEnd(), Is.EqualTo(string.Join('\n', expected)));
        string guide = Normalized(await File.ReadAllTextAsync(Path.Combine(Repository, "docs", "garnet.md")));
        string[] own = await File.ReadAllLinesAsync(Path.Combine(Repository, "Siamese.Pipelines.Tests", "Galleries", "GarnetGuideTests.cs"));
        int first = Array.FindIndex(own, line => line.Trim() == "// The guide:") + 1;
        string[] lines = [.. own.Skip(first).TakeWhile(line => line != "        }").Select(line => line.Length > 12 ? line[12..] : line)];
        Assert.That(guide, Does.Contain(string.Join('\n', lines)));
        Assert.That(guide, Does.Contain(string.Join('\n', expected)));
    }

    [Test]
    [Platform("Linux")]
    public async Task The_script_of_the_guide_puts_ones_behind_the_last_file_of_the_log()
    {
        using var folder = new TemporaryFolder();
        string guide = Normalized(await File.ReadAllTextAsync(Path.Combine(Repository, "docs", "garnet.md")));
        string script = guide[guide.IndexOf("log=", StringComparison.Ordinal)..guide.IndexOf("garnet-server --bind", StringComparison.Ordinal)]
            .Replace("/var/lib/garnet", folder.Path, StringComparison.Ordinal);
        await RunAsync();
        Assert.That(Directory.EnumerateFileSystemEntries(folder.Path), Is.Empty);

        Directory.CreateDirectory(Path.Combine(folder.Path, "AOF"));
        byte[] log = [1, 2, 3];
        foreach (int file in (int[])[2, 9, 10])
        {
            await File.WriteAllBytesAsync(FileOf(file), log);
        }

        await RunAsync();
        Assert.That(await File.ReadAllBytesAsync(FileOf(2)), Is.EqualTo(log));
        Assert.That(await File.ReadAllBytesAsync(FileOf(9)), Is.EqualTo(log));
        Assert.That(await File.ReadAllBytesAsync(FileOf(10)), Is.EqualTo(log.Concat(Enumerable.Repeat(byte.MaxValue, 512))));

        string FileOf(int file) => Path.Combine(folder.Path, "AOF", $"aof.log.{file}");

        async Task RunAsync()
        {
            using Process shell = Process.Start("sh", ["-ec", script]);
            await shell.WaitForExitAsync();
            Assert.That(shell.ExitCode, Is.Zero);
        }
    }

    [Test]
    public async Task A_store_of_the_samples_may_be_Garnet()
    {
        using GarnetServer server = GarnetServer.Start("--auth", "Password", "--password", "p@ss/word");
        string store = $"garnet://:p%40ss%2Fword@{server.Address}/my%20faces";

        await using (IGallery gallery = await GalleryStore.OpenOrCreateAsync(store, new EmbeddingSpace("a network", 2)))
        {
            await gallery.AddAsync(new GalleryItem("a", "Ada", new float[] { 3, 4 }));
        }

        await using IGallery again = await GarnetGallery.OpenOrCreateAsync(
            $"{server.Address},password=p@ss/word", "my faces", new EmbeddingSpace("a network", 2));
        Assert.That(await again.CountAsync(), Is.EqualTo(1));
    }

    [TestCase("garnet://")]
    [TestCase("garnet://127.0.0.1:1")]
    [TestCase("garnet://127.0.0.1:1/")]
    [TestCase("garnet:///name")]
    [TestCase("garnet://secret@127.0.0.1:1/name")]
    [TestCase("garnet://:secret@127.0.0.1:1/name/more")]
    [TestCase("redis://127.0.0.1:1/name")]
    public void A_store_of_no_form_is_refused_without_its_password(string store) => Assert.That(
        async () => await (await GalleryStore.OpenOrCreateAsync(store, new EmbeddingSpace("a network", 2))).DisposeAsync(),
        Throws.ArgumentException.With.Property("ParamName").EqualTo("store").And.Message.Contains("garnet://[").And.Message.Not.Contains("secret"));

    private static string Repository => Path.GetFullPath(Path.Combine(TestData.SampleDigits, "..", "..", ".."));

    private static string Normalized(string text) => text.ReplaceLineEndings("\n");
}
