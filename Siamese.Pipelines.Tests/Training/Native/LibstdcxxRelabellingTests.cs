using System.Buffers.Binary;
using System.Text;
using Siamese.Training.Native;

namespace Siamese.Pipelines.Tests.Training.Native;

public sealed class LibstdcxxRelabellingTests
{
    [Test]
    public void Apply_gives_the_symbol_and_its_version_their_older_names_and_changes_nothing_else()
    {
        var expected = new SyntheticLibrary();
        byte[] original = expected.ToArray();

        byte[] relabelled = LibstdcxxRelabelling.Apply(original);

        string before = Encoding.Latin1.GetString(original);
        string after = Encoding.Latin1.GetString(relabelled);
        int symbol = before.IndexOf("_ZSt21ios_base_library_initv\0", StringComparison.Ordinal);
        int newer = before.IndexOf(Hash("GLIBCXX_3.4.32"), StringComparison.Ordinal);
        int older = before.IndexOf(Hash("GLIBCXX_3.4"), StringComparison.Ordinal);
        string wanted = before
            .Remove(symbol, 28).Insert(symbol, "_ZNSt8ios_base4InitC1Ev\0\0\0\0\0")
            .Remove(newer, 4).Insert(newer, before.Substring(older, 4))
            .Remove(newer + 8, 4).Insert(newer + 8, before.Substring(older + 8, 4));
        Assert.That(after, Is.EqualTo(wanted));
        Assert.That(Encoding.Latin1.GetString(original), Is.EqualTo(before), "the original is left as it was");
    }

    [Test]
    public void Apply_changes_TorchSharps_own_library_in_36_bytes_at_most()
    {
        string? library = NativeFolders.Find("libLibTorchSharp.so");
        if (library is null)
        {
            Assert.Ignore("TorchSharp's library for Linux is part of the output on Linux only.");
        }

        byte[] original = File.ReadAllBytes(library);
        byte[] relabelled = LibstdcxxRelabelling.Apply(original);

        Assert.That(relabelled, Has.Length.EqualTo(original.Length));
        Assert.That(original.Zip(relabelled).Count(pair => pair.First != pair.Second), Is.InRange(20, 4 + 4 + 28));
    }

    [Test]
    public void Apply_refuses_what_is_relabelled_already()
    {
        byte[] relabelled = LibstdcxxRelabelling.Apply(new SyntheticLibrary().ToArray());

        Assert.That(() => LibstdcxxRelabelling.Apply(relabelled), Refuses("does not need GLIBCXX_3.4.32"));
    }

    [Test]
    public void Apply_refuses_a_library_that_loads_with_an_older_libstdcxx()
    {
        var library = new SyntheticLibrary();
        library.Versions.RemoveAt(0);
        library.Symbols.RemoveAt(2);

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("does not need GLIBCXX_3.4.32"));
    }

    [Test]
    public void Apply_refuses_a_library_without_the_older_version()
    {
        var library = new SyntheticLibrary();
        library.Versions.RemoveAt(2);

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("does not need GLIBCXX_3.4"));
    }

    [Test]
    public void Apply_refuses_a_version_that_is_needed_twice()
    {
        var library = new SyntheticLibrary();
        library.Versions.Add(("GLIBCXX_3.4.32", 6));

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("needs GLIBCXX_3.4.32 more than once"));
    }

    [Test]
    public void Apply_refuses_another_symbol_of_the_newer_version()
    {
        var library = new SyntheticLibrary();
        library.Symbols[2] = ("_ZSt9something", 5, 0);

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("is _ZSt9something, not _ZSt21ios_base_library_initv"));
    }

    [Test]
    public void Apply_refuses_a_second_symbol_of_the_newer_version()
    {
        var library = new SyntheticLibrary();
        library.Symbols.Add(("_ZSt9something", 5, 0));

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("more than one symbol is of version GLIBCXX_3.4.32"));
    }

    [Test]
    public void Apply_refuses_the_symbol_twice()
    {
        var library = new SyntheticLibrary();
        library.Symbols.Add(("_ZSt21ios_base_library_initv", 2, 0));

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("another symbol shares the name"));
    }

    [Test]
    public void Apply_refuses_a_symbol_whose_name_ends_the_one_to_change()
    {
        var library = new SyntheticLibrary();
        library.Symbols.Add(("initv", 1, 7));

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("another symbol shares the name"));
    }

    [Test]
    public void Apply_refuses_a_library_without_the_symbol()
    {
        var library = new SyntheticLibrary();
        library.Symbols.RemoveAt(2);

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("no symbol is of version GLIBCXX_3.4.32"));
    }

    [Test]
    public void Apply_refuses_a_library_that_defines_the_symbol()
    {
        var library = new SyntheticLibrary();
        library.Symbols[2] = ("_ZSt21ios_base_library_initv", 5, 3);

        Assert.That(() => LibstdcxxRelabelling.Apply(library.ToArray()), Refuses("defines _ZSt21ios_base_library_initv itself"));
    }

    [TestCase(0, (byte)'M', "is not an ELF file")]
    [TestCase(4, 1, "is not a 64-bit")]
    [TestCase(5, 2, "is not a 64-bit little-endian")]
    [TestCase(0x12, 183, "is not for x86-64")]
    [TestCase(0x3A, 40, "not 64 bytes each")]
    [TestCase(0x3C, 3, "has no section of type")]
    [TestCase(0x2F, 0xFF, "outside the file")]
    public void Apply_refuses_another_header(int offset, int value, string reason)
    {
        byte[] library = new SyntheticLibrary().ToArray();
        library[offset] = (byte)value;

        Assert.That(() => LibstdcxxRelabelling.Apply(library), Refuses(reason));
    }

    [Test]
    public void Apply_refuses_a_library_that_is_cut_short_anywhere()
    {
        byte[] library = new SyntheticLibrary().ToArray();

        for (int length = 0; length < library.Length; length++)
        {
            byte[] cut = library[..length];
            Assert.That(() => LibstdcxxRelabelling.Apply(cut), Throws.TypeOf<InvalidDataException>(), $"{length} bytes");
        }
    }

    [Test]
    public void Apply_never_reads_outside_a_library_with_a_wrong_byte()
    {
        byte[] library = new SyntheticLibrary().ToArray();

        for (int i = 0; i < library.Length; i++)
        {
            foreach (byte value in (byte[])[0, 1, 0x7f, 0xff])
            {
                byte[] wrong = [.. library];
                wrong[i] = value;
                try
                {
                    LibstdcxxRelabelling.Apply(wrong);
                }
                catch (InvalidDataException)
                {
                    // Refused, as it should be; any other exception fails the test.
                }
            }
        }
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refuses(string reason) =>
        Throws.TypeOf<InvalidDataException>().With.Message.Contains(reason);

    private static string Hash(string version)
    {
        byte[] hash = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(hash, SyntheticLibrary.SystemVHash(version));
        return Encoding.Latin1.GetString(hash);
    }
}
