using System.Buffers.Binary;
using System.IO.Compression;

namespace Siamese.Training.Datasets;

/// <summary>Reads images and labels in IDX, the format of MNIST, Fashion-MNIST, EMNIST and KMNIST.</summary>
/// <remarks>
/// <para>
/// A file begins with big-endian 32-bit numbers: for images 0x00000803, count, rows and columns; for labels 0x00000801 and count. Then
/// follows a byte a pixel, row by row, or a byte a label (LeCun, Cortes and Burges, The MNIST database). A file may be gzip-compressed,
/// which is seen by its content and not by its name.
/// </para>
/// <para>
/// The header is not trusted: memory is taken as data arrive, never for what the header merely claims, and reading stops where the header
/// says that the data end. A file can hold at most <see cref="Array.MaxLength"/> bytes of pixels or labels, 2 GiB.
/// </para>
/// </remarks>
public static class IdxReader
{
    private const int ImagesMagic = 0x00000803;
    private const int LabelsMagic = 0x00000801;
    private const int FirstBlock = 1 << 20;

    /// <summary>Reads a file of images.</summary>
    /// <param name="path">An IDX file of images, plain or gzip-compressed.</param>
    /// <returns>Its images, at least one.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not an IDX file of images, is cut short, goes on after its end, is damaged gzip, has no images, or has more than 2 GiB or the
    /// memory can hold.
    /// </exception>
    public static IdxImages ReadImages(string path)
    {
        (int[] sizes, byte[] pixels) = Read(path, ImagesMagic, sizeCount: 3);
        return new IdxImages(pixels, Count: sizes[0], Width: sizes[2], Height: sizes[1]);
    }

    /// <summary>Reads a file of labels.</summary>
    /// <param name="path">An IDX file of labels, plain or gzip-compressed.</param>
    /// <returns>Its labels, at least one.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not an IDX file of labels, is cut short, goes on after its end, is damaged gzip, has no labels, or has more than 2 GiB or the
    /// memory can hold.
    /// </exception>
    public static byte[] ReadLabels(string path) => Read(path, LabelsMagic, sizeCount: 1).Data;

    /// <summary>Reads a file of images and the file of their labels.</summary>
    /// <param name="imagesPath">An IDX file of N images, plain or gzip-compressed.</param>
    /// <param name="labelsPath">An IDX file of N labels, plain or gzip-compressed.</param>
    /// <returns>The N images with their labels.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A file is not sound, or the files have different counts.</exception>
    public static LabeledImages ReadLabeledImages(string imagesPath, string labelsPath)
    {
        byte[] labels = ReadLabels(labelsPath);
        IdxImages images = ReadImages(imagesPath);
        return images.Count == labels.Length
            ? new LabeledImages(images.Pixels, labels, images.Width, images.Height)
            : throw new InvalidDataException(
                $"'{imagesPath}' has {images.Count} images, but '{labelsPath}' has {labels.Length} labels. "
                + "Take both files from one set.");
    }

    /// <summary>Opens a file for reading what it holds, decompressed where it is gzip.</summary>
    internal static Stream OpenDecompressed(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16);
        int first = file.ReadByte();
        int second = file.ReadByte();
        file.Position = 0;
        return (first, second) == (0x1f, 0x8b) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    private static (int[] Sizes, byte[] Data) Read(string path, int magic, int sizeCount)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using Stream stream = OpenDecompressed(path);
        int[] sizes = ReadHeader(stream, path, magic, sizeCount);
        int length = DataLength(path, sizes);
        try
        {
            return (sizes, ReadData(stream, path, headerLength: sizeof(int) * (1 + sizeCount), length));
        }
        catch (OutOfMemoryException exception)
        {
            // A gzip file of 2 MB may hold 2 GB of zeros. One array could not be made, which leaves the process as it was.
            throw new InvalidDataException($"'{path}' holds {length} bytes, for which this process has not the memory. Read a part of the set.", exception);
        }
    }

    private static int[] ReadHeader(Stream stream, string path, int magic, int sizeCount)
    {
        Span<byte> header = stackalloc byte[sizeof(int) * (1 + sizeCount)];
        int length = Fill(stream, header, path);
        if (length >= sizeof(int))
        {
            // Before the length: a file of labels may be shorter than the header of a file of images.
            CheckMagic(path, BinaryPrimitives.ReadInt32BigEndian(header), magic);
        }

        if (length < header.Length)
        {
            throw new InvalidDataException($"'{path}' is cut short: its header takes {header.Length} bytes, but {length} were found.");
        }

        var sizes = new int[sizeCount];
        for (int i = 0; i < sizeCount; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header[(sizeof(int) * (1 + i))..]);
        }

        return sizes;
    }

    private static void CheckMagic(string path, int found, int expected)
    {
        if (found == expected)
        {
            return;
        }

        string remedy = (expected, found) switch
        {
            (ImagesMagic, LabelsMagic) => "It is a file of labels; were the images' and the labels' files swapped?",
            (LabelsMagic, ImagesMagic) => "It is a file of images; were the images' and the labels' files swapped?",
            _ => "It is not such an IDX file.",
        };
        throw new InvalidDataException(
            $"'{path}' begins with 0x{found:X8}, but an IDX file of {(expected == ImagesMagic ? "images" : "labels")} "
            + $"begins with 0x{expected:X8}. {remedy}");
    }

    private static int DataLength(string path, int[] sizes)
    {
        // Three sizes of 31 bits overflow 64.
        Int128 length = 1;
        foreach (int size in sizes)
        {
            length *= size;
        }

        string claim = string.Join(" x ", sizes.Select(size => unchecked((uint)size)));
        if (sizes.Any(size => size < 0) || length > Array.MaxLength)
        {
            throw new InvalidDataException($"'{path}' claims to hold {claim} bytes, but at most {Array.MaxLength} can be read.");
        }

        return length > 0 ? (int)length : throw new InvalidDataException($"'{path}' claims to hold {claim} bytes, which is nothing.");
    }

    private static byte[] ReadData(Stream stream, string path, int headerLength, int length)
    {
        var data = new byte[Math.Min(length, FirstBlock)];
        int filled = Fill(stream, data, path);
        while (filled == data.Length && filled < length)
        {
            Array.Resize(ref data, (int)Math.Min(length, 2L * filled));
            filled += Fill(stream, data.AsSpan(filled), path);
        }

        if (filled < length)
        {
            throw new InvalidDataException(
                $"'{path}' is cut short: by its header it takes {(long)headerLength + length} bytes, "
                + $"but {headerLength + filled} were found.");
        }

        // The read past the end also makes the decompressor compare its checksum.
        return Fill(stream, stackalloc byte[1], path) == 0
            ? data
            : throw new InvalidDataException(
                $"'{path}' goes on after the {(long)headerLength + length} bytes that it takes by its header.");
    }

    private static int Fill(Stream stream, Span<byte> block, string path)
    {
        try
        {
            return stream.ReadAtLeast(block, block.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException damaged)
        {
            throw new InvalidDataException($"'{path}' is gzip, but damaged. Download or compress it again.", damaged);
        }
    }
}
