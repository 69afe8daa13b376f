using System.Buffers;
using System.Security.Cryptography;

namespace Siamese.Training.Datasets;

/// <summary>A file as its publisher describes it, by what it holds when decompressed: there is more than one compression of it.</summary>
/// <param name="Name">The file's name without .gz.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Md5">Lower-case hexadecimal. The publishers give MD5; it tells damage, and is no signature.</param>
internal sealed record PublishedFile(string Name, int Length, string Md5)
{
    public string CompressedName => Name + ".gz";

    /// <summary>Gets the file in a folder, compressed or not; the compressed one where there are both.</summary>
    /// <returns>A path, or null where the folder has neither.</returns>
    public string? Locate(string directory) =>
        new[] { CompressedName, Name }.Select(name => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Says whether a file holds what was published. Reads no further than the published length.</summary>
    public async Task<bool> MatchesAsync(string path, CancellationToken cancellationToken)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
        try
        {
            using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            await using Stream stream = IdxReader.OpenDecompressed(path);
            long length = 0;
            int read;
            while (length <= Length && (read = await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                md5.AppendData(buffer, 0, read);
                length += read;
            }

            return length == Length && Convert.ToHexStringLower(md5.GetCurrentHash()) == Md5;
        }
        catch (InvalidDataException)
        {
            return false; // Damaged gzip.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
