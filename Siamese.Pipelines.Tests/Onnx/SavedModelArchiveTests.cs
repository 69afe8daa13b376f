using System.Diagnostics;
using System.IO.Compression;
using Microsoft.ML;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Rejection;

namespace Siamese.Pipelines.Tests.Onnx;

/// <summary>Saved models whose archive or entries were damaged, or made to hang ML.NET or to take all memory.</summary>
public sealed class SavedModelArchiveTests
{
    private readonly MLContext _ml = new(seed: 1);
    private byte[] _saved = [];

    [OneTimeSetUp]
    public void Save()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(200));
        ITransformer chain = _ml.Transforms.Conversion.MapValueToKey("Key", "Label")
            .Append(_ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels"))
            .Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding"))
            .Append(_ml.MetricLearning.RejectUnknown(UnknownScore.NeighborDistance, 0.05))
            .Fit(rows);
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(chain, rows.Schema, file.Path);
        _saved = File.ReadAllBytes(file.Path);
    }

    [Test]
    public void The_archive_loads_when_it_is_packed_again()
    {
        using var file = new TemporaryFile(".zip");
        File.WriteAllBytes(file.Path, Pack(Entries()));

        Assert.That(() => _ml.MetricLearning.Load(file.Path, out _), Throws.Nothing);
    }

    [Test]
    public void A_type_with_more_dimensions_than_the_schema_has_bytes_is_refused_where_MLNET_would_read_for_ever()
    {
        List<(string Name, byte[] Content)> entries = Entries();
        byte[] schema = entries.Single(entry => entry.Name == "Schema").Content;

        // Behind the name of the type stand the length of its parameters, the name of the items' type, its length and the number of dimensions.
        int dimensions = schema.AsSpan().IndexOf("\u0007VBuffer"u8) + 8 + 1 + 7 + 1;
        Assert.That(BitConverter.ToInt32(schema, dimensions), Is.EqualTo(1));
        schema[dimensions + 3] = 1;

        Refused(entries, "dimensions");
    }

    [Test]
    public void A_shape_of_an_ONNX_step_that_is_longer_than_the_entry_is_refused()
    {
        List<(string Name, byte[] Content)> entries = Entries();
        foreach ((_, byte[] step) in entries.Where(entry => entry.Content.Length > 0x48 && entry.Content.AsSpan(0x40).StartsWith("ONNXSCOR"u8)))
        {
            // One input, one output, the number of shapes and the first one's name stand before.
            step[0x100 + (6 * sizeof(int)) + 3] = 1;
        }

        Refused(entries, "lies outside");
    }

    [Test]
    public void A_network_inside_that_takes_all_memory_is_refused_before_MLNET_opens_it()
    {
        var graph = new OnnxGraphBuilder("giga");
        string image = graph.Input("Pixels", 1, 4, 4);
        string sum = graph.Node("ReduceSum", [graph.Node("ConstantOfShape", [graph.Initializer("size", [30_000L, 30_000L], 2)])]);
        graph.Output(graph.Node("Add", [graph.Node("Flatten", [image]), graph.Node("Reshape", [sum, graph.Initializer("one", [1L], 1)])]), "Embedding", 16);
        byte[] giga = graph.ToArray();
        List<(string Name, byte[] Content)> entries = Entries();
        int at = entries.FindIndex(entry => entry.Name.EndsWith("OnnxModel", StringComparison.Ordinal));
        entries[at] = (entries[at].Name, [.. BitConverter.GetBytes(giga.Length), .. giga]);

        Refused(entries, "memory");
    }

    [Test]
    public void An_array_in_a_part_of_MLNET_that_is_longer_than_the_file_is_not_read_for_ever()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(90));
        ITransformer chain = _ml.Transforms.Conversion.MapValueToKey("Label").Append(_ml.Transforms.CopyColumns("Features", "Pixels"))
            .Append(_ml.MetricLearning.SoftmaxClassifier()).Fit(rows);
        using var file = new TemporaryFile(".zip");
        _ml.Model.Save(chain, rows.Schema, file.Path);
        List<(string Name, byte[] Content)> entries = Entries(File.ReadAllBytes(file.Path));

        // The numbers of features and classes stand before the biases, whose number is an array's.
        byte[] classifier = entries.Single(entry => entry.Name.EndsWith("Model/Model.key", StringComparison.Ordinal)).Content;
        int biases = 0x100 + (2 * sizeof(int));
        Assert.That(BitConverter.ToInt32(classifier, biases), Is.EqualTo(3));
        classifier[biases + 3] = 1;
        File.WriteAllBytes(file.Path, Pack(entries));

        Assert.That(
            () => SavedModelArchive.Load(_ml, file.Path, TimeSpan.FromSeconds(3), out _),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("reasonable time"));
    }

    [Test]
    public void Content_that_differs_from_its_checksum_is_refused()
    {
        byte[] archive = Pack(Entries());
        int at = archive.AsSpan().IndexOf("NeighborDistance"u8);
        at = at < 0 ? archive.AsSpan().IndexOf("Gemm"u8) : at;
        archive[at] ^= 1;

        Refused(archive, "checksum");
    }

    [TestCase("../outside")]
    [TestCase("TransformerChain/../../outside")]
    [TestCase("/rooted")]
    [TestCase("C:/rooted")]
    [TestCase("a//b")]
    public void A_name_that_leads_out_of_the_archive_is_refused(string name)
    {
        List<(string Name, byte[] Content)> entries = Entries();
        entries.Add((name, [1]));

        Refused(entries, "leads out");
    }

    [Test]
    public void Names_that_stand_twice_or_are_nested_too_deeply_are_refused()
    {
        List<(string Name, byte[] Content)> twice = Entries();
        twice.Add(twice[0]);
        List<(string Name, byte[] Content)> deep = Entries();
        deep.Add((string.Join('/', Enumerable.Repeat("Transform_000", 1000)), [1]));

        Refused(twice, "two entries");
        Refused(deep, "nested");
    }

    [Test]
    public void An_entry_that_grows_too_much_is_refused()
    {
        List<(string Name, byte[] Content)> entries = Entries();
        entries.Add(("TrainingInfo/zeros", new byte[100 << 20]));

        Refused(Pack(entries, CompressionLevel.Optimal), "grows");
    }

    [Test]
    public void An_archive_that_was_cut_short_or_lacks_an_entry_gives_no_other_error()
    {
        List<(string Name, byte[] Content)> entries = Entries();
        using var file = new TemporaryFile(".zip");
        for (int i = 0; i < entries.Count; i++)
        {
            List<(string Name, byte[] Content)> fewer = [.. entries];
            fewer.RemoveAt(i);
            LoadsOrIsRefused(Pack(fewer), file.Path);
            List<(string Name, byte[] Content)> cut = [.. entries];
            cut[i] = (cut[i].Name, cut[i].Content[..(cut[i].Content.Length / 2)]);
            LoadsOrIsRefused(Pack(cut), file.Path);
        }

        for (int length = 0; length < _saved.Length; length += _saved.Length / 20)
        {
            LoadsOrIsRefused(_saved[..length], file.Path);
        }
    }

    [Test]
    public void A_file_that_is_not_there_is_named() =>
        Assert.That(() => _ml.MetricLearning.Load("/nowhere/model.zip", out _), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("/nowhere/model.zip"));

    private void LoadsOrIsRefused(byte[] archive, string path)
    {
        File.WriteAllBytes(path, archive);
        try
        {
            (_ml.MetricLearning.Load(path, out _) as IDisposable)?.Dispose();
        }
        catch (InvalidDataException exception)
        {
            Assert.That(exception.Message, Does.StartWith($"'{path}'"));
        }
    }

    private void Refused(List<(string Name, byte[] Content)> entries, string message) => Refused(Pack(entries), message);

    private void Refused(byte[] archive, string message)
    {
        using var file = new TemporaryFile(".zip");
        File.WriteAllBytes(file.Path, archive);
        var watch = Stopwatch.StartNew();
        Assert.That(
            () => _ml.MetricLearning.Load(file.Path, out _),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains(message).And.Message.Contains(file.Path));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    private List<(string Name, byte[] Content)> Entries() => Entries(_saved);

    private static List<(string Name, byte[] Content)> Entries(byte[] saved)
    {
        using var archive = new ZipArchive(new MemoryStream(saved));
        var entries = new List<(string Name, byte[] Content)>();
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            using Stream stream = entry.Open();
            var content = new MemoryStream();
            stream.CopyTo(content);
            entries.Add((entry.FullName, content.ToArray()));
        }

        return entries;
    }

    private static byte[] Pack(List<(string Name, byte[] Content)> entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(name, level).Open();
                stream.Write(content);
            }
        }

        return packed.ToArray();
    }
}
