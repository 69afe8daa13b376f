using System.Buffers.Binary;
using System.IO.Compression;

namespace Siamese.Pipelines.Tests.Training.Datasets;

/// <summary>IDX files put together by hand.</summary>
internal static class IdxBytes
{
    public static byte[] Images(int count, int height, int width, params byte[] pixels) => File(0x803, [count, height, width], pixels);

    public static byte[] Labels(int count, params byte[] labels) => File(0x801, [count], labels);

    public static byte[] File(int magic, int[] sizes, params byte[] data)
    {
        var file = new byte[4 + (4 * sizes.Length) + data.Length];
        BinaryPrimitives.WriteInt32BigEndian(file, magic);
        for (int i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + (4 * i)), sizes[i]);
        }

        data.CopyTo(file, 4 + (4 * sizes.Length));
        return file;
    }

    public static byte[] Gzip(byte[] content, CompressionLevel level = CompressionLevel.Optimal)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, level))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }
}
