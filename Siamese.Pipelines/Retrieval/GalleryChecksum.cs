using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Siamese.Pipelines.Retrieval;

/// <summary>The checksums of a gallery's file: CRC-32C, which finds every flipped byte of a row.</summary>
internal static class GalleryChecksum
{
    /// <summary>Computes the checksum of a row.</summary>
    /// <param name="position">The row's key.</param>
    /// <param name="id">UTF-8.</param>
    /// <param name="label">UTF-8.</param>
    /// <param name="metadata">UTF-8; empty where there is none.</param>
    /// <param name="embedding">D little-endian float32.</param>
    public static uint Of(
        long position, ReadOnlySpan<byte> id, ReadOnlySpan<byte> label, ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> embedding)
    {
        uint checksum = BitOperations.Crc32C(uint.MaxValue, (ulong)position);
        checksum = Add(checksum, id);
        checksum = Add(checksum, label);
        checksum = Add(checksum, metadata);
        return Add(checksum, embedding);
    }

    /// <summary>Computes the checksum of the file's header.</summary>
    public static uint Of(GalleryHeader header)
    {
        string text = string.Create(
            CultureInfo.InvariantCulture,
            $"{header.Space.Network}\n{header.Space.Dimension}\n{header.Space.Distance}\n{header.Threshold:R}\n{header.Version}\n")
            + string.Create(CultureInfo.InvariantCulture, $"{header.Count}\n{header.NextPosition}\n{header.Sum}");
        return Add(uint.MaxValue, Encoding.UTF8.GetBytes(text));
    }

    private static uint Add(uint checksum, ReadOnlySpan<byte> bytes)
    {
        // With its length before it, a field that lends a byte to the next one is another field.
        checksum = BitOperations.Crc32C(checksum, (uint)bytes.Length);
        while (bytes.Length >= sizeof(ulong))
        {
            checksum = BitOperations.Crc32C(checksum, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte value in bytes)
        {
            checksum = BitOperations.Crc32C(checksum, value);
        }

        return checksum;
    }
}
