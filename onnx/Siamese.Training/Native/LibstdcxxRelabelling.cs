using System.Buffers.Binary;
using System.Text;

namespace Siamese.Training.Native;

/// <summary>Makes a copy of TorchSharp's Linux library that loads with the libstdc++ of GCC 12 and older.</summary>
/// <remarks>
/// <para>
/// TorchSharp's libLibTorchSharp.so is built by GCC 13, whose &lt;iostream&gt; refers to one symbol that older runtimes lack:
/// <c>std::ios_base_library_init()</c> at version GLIBCXX_3.4.32. The function only marks that the standard streams must be initialised.
/// Older compilers called <c>std::ios_base::Init</c>'s constructor instead, which every libstdc++ has at version GLIBCXX_3.4, which
/// initialises the streams, and which does not touch the object that it is called on.
/// </para>
/// <para>
/// So the one symbol is given the constructor's name, which is shorter, and the one version it is needed at the older version's name.
/// Nothing else refers to either, which is verified before anything is changed.
/// </para>
/// </remarks>
internal static class LibstdcxxRelabelling
{
    /// <summary>The version of libstdc++'s symbols that came with GCC 13.</summary>
    public const string NewerVersion = "GLIBCXX_3.4.32";

    private const string OlderVersion = "GLIBCXX_3.4";
    private const string NewerSymbol = "_ZSt21ios_base_library_initv";
    private const string OlderSymbol = "_ZNSt8ios_base4InitC1Ev";

    // The fields' names, sizes and offsets are those of the System V ABI's <elf.h>.
    private const int FileHeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int SymbolSize = 24;
    private const int VersionIndexSize = 2;
    private const int NeedSize = 16;
    private const int NeedVersionSize = 16;
    private const ushort MachineX8664 = 62;
    private const uint DynamicSymbols = 11;
    private const uint VersionNeeds = 0x6ffffffe;
    private const uint VersionIndices = 0x6fffffff;

    // The topmost bit of a symbol's version index marks it hidden.
    private const int VersionIndexMask = 0x7fff;

    /// <summary>Copies a library with the symbol and its version relabelled.</summary>
    /// <param name="library">The bytes of an ELF shared library for x86-64.</param>
    /// <returns>As many bytes, of which a few differ.</returns>
    /// <exception cref="InvalidDataException">
    /// The bytes are not such a library, or it does not need exactly that one symbol, and nothing else, at GLIBCXX_3.4.32.
    /// </exception>
    public static byte[] Apply(ReadOnlySpan<byte> library)
    {
        CheckFileHeader(library);
        ReadOnlySpan<byte> needs = Section(library, VersionNeeds, out int needsOffset, out uint needsNames);
        ReadOnlySpan<byte> symbols = Section(library, DynamicSymbols, out _, out uint symbolNames);
        ReadOnlySpan<byte> indices = Section(library, VersionIndices, out _, out _);
        Require(needsNames == symbolNames, "its symbols and their versions are named in different tables");
        ReadOnlySpan<byte> names = SectionAt(library, symbolNames, out int namesOffset, out _);

        int newer = FindVersion(needs, names, NewerVersion);
        int older = FindVersion(needs, names, OlderVersion);
        int symbolName = FindSymbol(symbols, indices, names, BinaryPrimitives.ReadUInt16LittleEndian(needs[(newer + 6)..]));

        byte[] copy = library.ToArray();
        Span<byte> newerVersion = copy.AsSpan(needsOffset + newer, NeedVersionSize);
        ReadOnlySpan<byte> olderVersion = needs.Slice(older, NeedVersionSize);
        olderVersion[..4].CopyTo(newerVersion);                 // vna_hash
        olderVersion.Slice(8, 4).CopyTo(newerVersion[8..]);     // vna_name
        Span<byte> name = copy.AsSpan(namesOffset + symbolName, NewerSymbol.Length);
        name.Clear();
        Encoding.ASCII.GetBytes(OlderSymbol, name);
        return copy;
    }

    private static void CheckFileHeader(ReadOnlySpan<byte> library)
    {
        Require(library.Length >= FileHeaderSize && library.StartsWith("\u007fELF"u8), "it is not an ELF file");
        Require(library[4] == 2 && library[5] == 1, "it is not a 64-bit little-endian ELF file");
        Require(BinaryPrimitives.ReadUInt16LittleEndian(library[0x12..]) == MachineX8664, "it is not for x86-64");
        Require(BinaryPrimitives.ReadUInt16LittleEndian(library[0x3A..]) == SectionHeaderSize, "its section headers are not 64 bytes each");
    }

    /// <summary>Finds the only section of a type.</summary>
    private static ReadOnlySpan<byte> Section(ReadOnlySpan<byte> library, uint type, out int offset, out uint link)
    {
        int sections = BinaryPrimitives.ReadUInt16LittleEndian(library[0x3C..]);
        int found = -1;
        for (int i = 0; i < sections; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(SectionHeader(library, (uint)i)[4..]) == type)
            {
                Require(found < 0, $"it has more than one section of type 0x{type:x}");
                found = i;
            }
        }

        Require(found >= 0, $"it has no section of type 0x{type:x}");
        return SectionAt(library, (uint)found, out offset, out link);
    }

    private static ReadOnlySpan<byte> SectionAt(ReadOnlySpan<byte> library, uint index, out int offset, out uint link)
    {
        Require(index < BinaryPrimitives.ReadUInt16LittleEndian(library[0x3C..]), $"it has no section {index}");
        ReadOnlySpan<byte> header = SectionHeader(library, index);
        link = BinaryPrimitives.ReadUInt32LittleEndian(header[40..]);
        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        ReadOnlySpan<byte> section = Slice(library, start, BinaryPrimitives.ReadUInt64LittleEndian(header[32..]));
        offset = (int)start;
        return section;
    }

    private static ReadOnlySpan<byte> SectionHeader(ReadOnlySpan<byte> library, uint index)
    {
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(library[0x28..]);
        Require(table <= (ulong)library.Length, "its section headers lie outside the file");
        return Slice(library, table + ((ulong)index * SectionHeaderSize), SectionHeaderSize);
    }

    /// <summary>Finds the only entry that needs a version.</summary>
    /// <returns>The offset of the entry in <paramref name="needs"/>.</returns>
    private static int FindVersion(ReadOnlySpan<byte> needs, ReadOnlySpan<byte> names, string version)
    {
        ReadOnlySpan<byte> wanted = Encoding.ASCII.GetBytes(version);
        int found = -1;
        ulong library = 0;
        while (true)
        {
            ReadOnlySpan<byte> need = Slice(needs, library, NeedSize);
            int versions = BinaryPrimitives.ReadUInt16LittleEndian(need[2..]);
            ulong entry = library + BinaryPrimitives.ReadUInt32LittleEndian(need[8..]);
            for (int i = 0; i < versions; i++)
            {
                ReadOnlySpan<byte> needed = Slice(needs, entry, NeedVersionSize);
                if (Name(names, BinaryPrimitives.ReadUInt32LittleEndian(needed[8..])).SequenceEqual(wanted))
                {
                    Require(found < 0, $"it needs {version} more than once");
                    found = (int)entry;
                }

                uint step = BinaryPrimitives.ReadUInt32LittleEndian(needed[12..]);
                Require(step > 0 || i == versions - 1, "its list of versions ends early");
                entry += step;
            }

            uint next = BinaryPrimitives.ReadUInt32LittleEndian(need[12..]);
            if (next == 0)
            {
                Require(found >= 0, $"it does not need {version}");
                return found;
            }

            library += next;
        }
    }

    /// <summary>Verifies that the symbol is the only one of its version, and that no other shares its name's bytes.</summary>
    /// <returns>The offset of its name in <paramref name="names"/>.</returns>
    private static int FindSymbol(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> indices, ReadOnlySpan<byte> names, int version)
    {
        int count = symbols.Length / SymbolSize;
        Require(indices.Length == count * VersionIndexSize, "its symbols and their versions differ in number");
        int found = -1;
        for (int i = 0; i < count; i++)
        {
            if ((BinaryPrimitives.ReadUInt16LittleEndian(indices[(i * VersionIndexSize)..]) & VersionIndexMask) == version)
            {
                Require(found < 0, $"more than one symbol is of version {NewerVersion}");
                found = i;
            }
        }

        Require(found >= 0, $"no symbol is of version {NewerVersion}");
        ReadOnlySpan<byte> symbol = symbols.Slice(found * SymbolSize, SymbolSize);
        uint name = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
        ReadOnlySpan<byte> text = Name(names, name);
        Require(
            text.SequenceEqual(Encoding.ASCII.GetBytes(NewerSymbol)),
            $"the symbol of version {NewerVersion} is {Encoding.ASCII.GetString(text)}, not {NewerSymbol}");
        Require(BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) == 0, $"it defines {NewerSymbol} itself");
        for (int i = 0; i < count; i++)
        {
            // Linkers let a name that is the end of another share its bytes.
            uint other = BinaryPrimitives.ReadUInt32LittleEndian(symbols[(i * SymbolSize)..]);
            Require(i == found || other < name || other > name + text.Length, $"another symbol shares the name {NewerSymbol}");
        }

        return (int)name;
    }

    private static ReadOnlySpan<byte> Name(ReadOnlySpan<byte> names, uint offset)
    {
        ReadOnlySpan<byte> rest = Slice(names, offset, (ulong)Math.Max(0, names.Length - (long)offset));
        int end = rest.IndexOf((byte)0);
        Require(end >= 0, "a name has no end");
        return rest[..end];
    }

    private static ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> bytes, ulong offset, ulong length)
    {
        Require(offset <= (ulong)bytes.Length && length <= (ulong)bytes.Length - offset, "it is cut short, or its offsets are wrong");
        return bytes.Slice((int)offset, (int)length);
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new InvalidDataException($"The library cannot be made to load with an older libstdc++: {otherwise}.");
        }
    }
}
