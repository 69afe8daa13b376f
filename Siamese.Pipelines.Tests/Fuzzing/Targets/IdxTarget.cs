using System.IO.Compression;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Fuzzing.Targets;

/// <summary>Reads images and labels in IDX.</summary>
internal sealed class IdxTarget : FuzzTarget
{
    public override string Name => "idx";

    public override int UsualCount => 4000;

    public override void Read(byte[] input, string folder)
    {
        string path = Path.Combine(folder, "file.idx");
        File.WriteAllBytes(path, input);
        if (input.Length % 2 == 0)
        {
            IdxReader.ReadImages(path);
        }
        else
        {
            IdxReader.ReadLabels(path);
        }
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        byte[] images = [0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, .. Enumerable.Range(0, 60).Select(i => (byte)i)];
        byte[] labels = [0, 0, 8, 1, 0, 0, 0, 3, 7, 8, 9];
        yield return images;
        yield return labels;
        foreach (byte[] plain in new[] { images, labels })
        {
            var packed = new MemoryStream();
            using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            {
                gzip.Write(plain);
            }

            yield return packed.ToArray();
        }
    }
}
