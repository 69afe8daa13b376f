using System.IO.Compression;
using Microsoft.ML;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Loads saved ML.NET models: zips whose entries were changed, renamed, repeated or left out.</summary>
internal sealed class SavedChainTarget : FuzzTarget
{
    private readonly MLContext _ml = new(1);

    public override string Name => "saved-chains";

    public override int UsualCount => 600;

    public override byte[] Input(int number)
    {
        var random = new Random(number);
        byte[] seed = Seeds[random.Next(Seeds.Length)];
        return random.Next(4) == 0 ? ByteMutator.Mutate(seed, Seeds, random) : ChangeEntries(seed, random);
    }

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "model.zip");
        File.WriteAllBytes(path, input);
        (_ml.MetricLearning.Load(path, out _) as IDisposable)?.Dispose();
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        IDataView rows = _ml.Data.LoadFromEnumerable(SmallNetwork.Rows(6));
        string path = Path.GetTempFileName();
        try
        {
            foreach (IEstimator<ITransformer> chain in new IEstimator<ITransformer>[]
            {
                _ml.MetricLearning.EmbedImages("Embedding", SmallNetwork.Create(), "Pixels").Append(_ml.Transforms.NormalizeLpNorm("Features", "Embedding")),
                _ml.Transforms.Conversion.MapValueToKey("Key", "Name").Append(_ml.Transforms.Conversion.MapKeyToValue("Text", "Key")),
            })
            {
                _ml.Model.Save(chain.Fit(rows), rows.Schema, path);
                yield return File.ReadAllBytes(path);
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] ChangeEntries(byte[] seed, Random random)
    {
        var entries = new List<(string Name, byte[] Content)>();
        using (var archive = new ZipArchive(new MemoryStream(seed)))
        {
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                using Stream stream = entry.Open();
                var content = new MemoryStream();
                stream.CopyTo(content);
                entries.Add((entry.FullName, content.ToArray()));
            }
        }

        byte[][] contents = [.. entries.Select(entry => entry.Content)];
        for (int change = random.Next(1, 4); change > 0 && entries.Count > 0; change--)
        {
            int at = random.Next(entries.Count);
            switch (random.Next(6))
            {
                case 0:
                    entries.RemoveAt(at);
                    break;
                case 1:
                    entries.Add(entries[at]);
                    break;
                case 2:
                    entries[at] = (entries[random.Next(entries.Count)].Name, entries[at].Content);
                    break;
                default:
                    entries[at] = (entries[at].Name, ByteMutator.Mutate(entries[at].Content, contents, random));
                    break;
            }
        }

        var changed = new MemoryStream();
        using (var archive = new ZipArchive(changed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, byte[] content) in entries)
            {
                using Stream stream = archive.CreateEntry(name, CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        }

        return changed.ToArray();
    }
}
