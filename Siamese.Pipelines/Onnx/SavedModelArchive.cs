using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime;
using Microsoft.ML;

namespace Siamese.Pipelines.Onnx;

/// <summary>Reads saved ML.NET models, after a look at what they consist of: ML.NET itself trusts every length in them.</summary>
/// <remarks>
/// What is checked keeps damaged files, and those that were made to hang or to take all memory, from ML.NET as far as they can be told.
/// It does not make a file safe that is not trusted: ML.NET makes objects of the types that the file names.
/// </remarks>
internal static class SavedModelArchive
{
    private const int MostEntries = 10_000;
    private const int DeepestName = 64;
    private const long LargestCompression = 200;
    private const long SmallEnough = 64L << 20;

    private static readonly TimeSpan LongestLoad = TimeSpan.FromSeconds(10);
    private const long BytesOfASecond = 10 << 20;

    private static readonly uint[] Crc = MakeCrc();

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or not a saved model.</exception>
    public static ITransformer Load(MLContext ml, string path, out DataViewSchema schema) => Load(ml, path, LongestLoad, out schema);

    /// <inheritdoc cref="Load(MLContext, string, out DataViewSchema)"/>
    internal static ITransformer Load(MLContext ml, string path, TimeSpan longest, out DataViewSchema schema)
    {
        using FileStream file = File.OpenRead(path);
        long size = Check(file);
        file.Position = 0;
        ITransformer? loaded = null;
        DataViewSchema? loadedSchema = null;
        using var late = new CancellationTokenSource(longest + TimeSpan.FromSeconds((double)size / BytesOfASecond));
        try
        {
            // An array that is longer in the file than the file itself is read by ML.NET in a loop that never ends and looks at nothing: there is no other way
            // to stop it than this one, which is made for it. Nothing of what was loaded is used afterwards.
#pragma warning disable SYSLIB0046
            ControlledExecution.Run(() => loaded = ml.Model.Load(file, out loadedSchema), late.Token);
#pragma warning restore SYSLIB0046
        }
        catch (Exception exception) when (late.IsCancellationRequested)
        {
            // ML.NET makes its parts by reflection, so that what stops it arrives in a wrapper.
            throw new InvalidDataException("It was not read to its end in a reasonable time: an array in it is longer than the file.", exception);
        }

        schema = loadedSchema!;
        return loaded!;
    }

    /// <summary>Checks the entries of a model.</summary>
    /// <returns>The bytes of all entries.</returns>
    private static long Check(Stream file)
    {
        using var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        if (archive.Entries.Count > MostEntries)
        {
            throw new InvalidDataException($"It has {archive.Entries.Count:N0} entries, but a saved model has at most {MostEntries:N0}.");
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        long size = 0;
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            CheckName(entry.FullName);
            if (!names.Add(entry.FullName))
            {
                throw new InvalidDataException($"It has two entries '{Shown(entry)}'.");
            }

            if (entry.Length > SmallEnough && entry.Length / LargestCompression > entry.CompressedLength)
            {
                throw new InvalidDataException(
                    $"Its entry '{Shown(entry)}' grows from {entry.CompressedLength:N0} to {entry.Length:N0} bytes, more than {LargestCompression} times.");
            }

            size = checked(size + entry.Length);
        }

        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            CheckContent(entry);
        }

        return size;
    }

    private static void CheckName(string name)
    {
        string[] parts = name.Replace('\\', '/').Split('/');
        if (parts.Length > DeepestName)
        {
            throw new InvalidDataException($"Its entries are nested {parts.Length:N0} deep, but those of a saved model at most {DeepestName}.");
        }

        if (name.Contains(':', StringComparison.Ordinal) || name.Any(char.IsControl) || parts.SkipLast(1).Any(part => part.Length == 0) || parts.Any(part => part is "." or ".."))
        {
            throw new InvalidDataException("It has an entry whose name leads out of the archive or is empty.");
        }
    }

    private static void CheckContent(ZipArchiveEntry entry)
    {
        bool isGraph = entry.Name == "OnnxModel";
        bool isKept = isGraph || entry.Name is "Model.key" || entry.Name.EndsWith("Schema", StringComparison.Ordinal);
        if (entry.Length > Array.MaxLength && isKept)
        {
            throw new InvalidDataException($"Its entry '{Shown(entry)}' has {entry.Length:N0} bytes.");
        }

        using Stream stream = entry.Open();
        using MemoryStream? kept = isKept ? new MemoryStream() : null;
        var buffer = new byte[1 << 16];
        uint crc = uint.MaxValue;
        long length = 0;
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            length += read;
            if (length > entry.Length)
            {
                break;
            }

            foreach (byte value in buffer.AsSpan(0, read))
            {
                crc = Crc[(byte)(crc ^ value)] ^ (crc >> 8);
            }

            kept?.Write(buffer, 0, read);
        }

        if (length != entry.Length || ~crc != entry.Crc32)
        {
            throw new InvalidDataException($"Its entry '{Shown(entry)}' is damaged: its length or checksum differs from what the archive states.");
        }

        try
        {
            if (isGraph)
            {
                CheckGraph(kept!.ToArray());
            }
            else if (kept is not null)
            {
                ReadOnlySpan<byte> content = kept.GetBuffer().AsSpan(0, (int)kept.Length);
                CheckVectorTypes(content);
                CheckOnnxStep(content);
            }
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"Its entry '{Shown(entry)}': {exception.Message}", exception);
        }
    }

    private static void CheckGraph(byte[] entry)
    {
        // The length stands before the graph.
        if (entry.Length < sizeof(int) || BinaryPrimitives.ReadInt32LittleEndian(entry) != entry.Length - sizeof(int))
        {
            throw new InvalidDataException("The graph is longer or shorter than the entry states.");
        }

        // ML.NET opens the graph with all optimizations, some of which run parts of it: it is tried before.
        OnnxProbe.Try(entry[sizeof(int)..]);
    }

    /// <summary>Checks the types of columns of vectors, whose dimensions ML.NET reads without an end.</summary>
    private static void CheckVectorTypes(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> name = "\u0007VBuffer"u8;
        while (content.IndexOf(name) is >= 0 and int found)
        {
            content = content[(found + name.Length)..];
            var type = new ByteReader(content);
            int length = type.ReadLength();
            var parameters = new ByteReader(type.Take(length));
            parameters.Take(parameters.ReadLength());
            parameters.Take(parameters.ReadLength());
            int dimensions = parameters.ReadInt32();
            if (dimensions < 0 || parameters.Left != (long)dimensions * sizeof(int))
            {
                throw new InvalidDataException($"A column's type has {dimensions:N0} dimensions, but {parameters.Left:N0} bytes for them.");
            }
        }
    }

    /// <summary>Checks the shapes of an ONNX step, which ML.NET reads without an end.</summary>
    private static void CheckOnnxStep(ReadOnlySpan<byte> content)
    {
        const int BlockAt = 0x10;
        const int SignatureAt = 0x40;
        const int VersionAt = 0x48;
        const int FirstWithShapes = 0x00010003;
        if (content.Length < VersionAt + sizeof(int) || !content[SignatureAt..].StartsWith("ONNXSCOR"u8)
            || BinaryPrimitives.ReadInt32LittleEndian(content[VersionAt..]) < FirstWithShapes)
        {
            return;
        }

        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(content[BlockAt..]);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(content[(BlockAt + sizeof(ulong))..]);
        if (start > (ulong)content.Length || length > (ulong)content.Length - start)
        {
            throw new InvalidDataException("The block of the step lies outside the entry.");
        }

        var block = new ByteReader(content.Slice((int)start, (int)length));
        block.TakeInt32s();
        block.TakeInt32s();
        for (int shapes = block.ReadInt32(); shapes > 0; shapes--)
        {
            block.ReadInt32();
            block.TakeInt32s();
        }
    }

    private static string Shown(ZipArchiveEntry entry) => entry.FullName.Length > 200 ? $"{entry.FullName[..200]}..." : entry.FullName;

    private static uint[] MakeCrc()
    {
        // The polynomial of zip archives.
        const uint Polynomial = 0xEDB88320;
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ Polynomial : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }

    private ref struct ByteReader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _left = bytes;

        public readonly int Left => _left.Length;

        public ReadOnlySpan<byte> Take(int length)
        {
            if (length < 0 || length > _left.Length)
            {
                throw new InvalidDataException($"A part of {length:N0} bytes lies outside the {_left.Length:N0} bytes that hold it.");
            }

            ReadOnlySpan<byte> taken = _left[..length];
            _left = _left[length..];
            return taken;
        }

        public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

        public void TakeInt32s()
        {
            int count = ReadInt32();
            Take(count >= 0 && count <= _left.Length / sizeof(int) ? count * sizeof(int) : -1);
        }

        // Seven bits a byte, the lowest first.
        public int ReadLength()
        {
            int length = 0;
            for (int shift = 0; shift <= 28; shift += 7)
            {
                byte part = Take(1)[0];
                length |= (part & 0x7F) << shift;
                if (part < 0x80)
                {
                    return length;
                }
            }

            return -1;
        }
    }
}
