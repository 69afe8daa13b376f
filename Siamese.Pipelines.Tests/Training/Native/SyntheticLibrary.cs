using System.Buffers.Binary;
using System.Text;

namespace Siamese.Pipelines.Tests.Training.Native;

/// <summary>Builds the parts of an ELF library that say which versions of which symbols it needs.</summary>
internal sealed class SyntheticLibrary
{
    private const int HeaderSize = 64;

    private readonly StringBuilder _names = new("\0");

    /// <summary>Gets the versions that are needed of libstdc++.so.6, each with its index.</summary>
    public List<(string Name, ushort Index)> Versions { get; } = [("GLIBCXX_3.4.32", 5), ("CXXABI_1.3", 4), ("GLIBCXX_3.4", 2)];

    /// <summary>Gets the symbols, each with the index of its version and the section that defines it (0: another library).</summary>
    public List<(string Name, ushort Version, ushort Section)> Symbols { get; } =
    [
        (string.Empty, 0, 0), ("_ZSt4cout", 2, 0), ("_ZSt21ios_base_library_initv", 5, 0), ("THSTensor_rand", 1, 7),
    ];

    /// <summary>Lays the library out.</summary>
    public byte[] ToArray()
    {
        byte[] needs = new byte[16 + 16 + 16 + (16 * Versions.Count)];
        WriteNeed(needs.AsSpan(), "libm.so.6", next: 32, [("GLIBC_2.2.5", 9)]);
        WriteNeed(needs.AsSpan(32), "libstdc++.so.6", next: 0, Versions);

        byte[] symbols = new byte[24 * Symbols.Count];
        byte[] indices = new byte[2 * Symbols.Count];
        for (int i = 0; i < Symbols.Count; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(symbols.AsSpan(24 * i), NameOffset(Symbols[i].Name));
            BinaryPrimitives.WriteUInt16LittleEndian(symbols.AsSpan((24 * i) + 6), Symbols[i].Section);
            BinaryPrimitives.WriteUInt16LittleEndian(indices.AsSpan(2 * i), Symbols[i].Version);
        }

        byte[] names = Encoding.ASCII.GetBytes(_names.ToString());
        (uint Type, byte[] Bytes)[] sections = [(0, []), (3, names), (11, symbols), (0x6fffffff, indices), (0x6ffffffe, needs)];
        int table = HeaderSize + sections.Sum(s => s.Bytes.Length);
        byte[] library = new byte[table + (64 * sections.Length)];
        "\u007fELF"u8.CopyTo(library);
        library[4] = 2;
        library[5] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(library.AsSpan(0x12), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(library.AsSpan(0x28), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(library.AsSpan(0x3A), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(library.AsSpan(0x3C), (ushort)sections.Length);
        int offset = HeaderSize;
        for (int i = 0; i < sections.Length; i++)
        {
            Span<byte> header = library.AsSpan(table + (64 * i), 64);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], sections[i].Type);
            BinaryPrimitives.WriteUInt64LittleEndian(header[24..], (ulong)offset);
            BinaryPrimitives.WriteUInt64LittleEndian(header[32..], (ulong)sections[i].Bytes.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(header[40..], 1);
            sections[i].Bytes.CopyTo(library, offset);
            offset += sections[i].Bytes.Length;
        }

        return library;
    }

    private void WriteNeed(Span<byte> need, string library, uint next, List<(string Name, ushort Index)> versions)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(need, 1);
        BinaryPrimitives.WriteUInt16LittleEndian(need[2..], (ushort)versions.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(need[4..], NameOffset(library));
        BinaryPrimitives.WriteUInt32LittleEndian(need[8..], 16);
        BinaryPrimitives.WriteUInt32LittleEndian(need[12..], next);
        for (int i = 0; i < versions.Count; i++)
        {
            Span<byte> version = need[(16 + (16 * i))..];
            BinaryPrimitives.WriteUInt32LittleEndian(version, SystemVHash(versions[i].Name));
            BinaryPrimitives.WriteUInt16LittleEndian(version[6..], versions[i].Index);
            BinaryPrimitives.WriteUInt32LittleEndian(version[8..], NameOffset(versions[i].Name));
            BinaryPrimitives.WriteUInt32LittleEndian(version[12..], i < versions.Count - 1 ? 16u : 0u);
        }
    }

    // Shares the bytes of a name that ends an earlier one, as linkers do.
    private uint NameOffset(string name)
    {
        int found = _names.ToString().IndexOf($"{name}\0", StringComparison.Ordinal);
        if (found < 0)
        {
            found = _names.Length;
            _names.Append(name).Append('\0');
        }

        return (uint)found;
    }

    /// <summary>The hash of the System V ABI, which version entries carry.</summary>
    public static uint SystemVHash(string name)
    {
        uint hash = 0;
        foreach (char c in name)
        {
            hash = (hash << 4) + c;
            uint high = hash & 0xf0000000;
            hash = (hash ^ (high >> 24)) & ~high;
        }

        return hash;
    }
}
