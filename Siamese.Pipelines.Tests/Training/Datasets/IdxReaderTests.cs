using System.IO.Compression;
using System.Security.Cryptography;
using NUnit.Framework.Constraints;
using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class IdxReaderTests
{
    // What a reader takes for its first block and the streams' own buffers; a header may claim a thousand times as much.
    private const long FewBytes = 4 << 20;

    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void ReadImages_takes_rows_before_columns([Values] bool compressed)
    {
        byte[] content = IdxBytes.Images(2, height: 2, width: 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        string path = _folder.Write("images", compressed ? IdxBytes.Gzip(content) : content);

        IdxImages images = IdxReader.ReadImages(path);

        Assert.That((images.Count, images.Width, images.Height), Is.EqualTo((2, 3, 2)));
        Assert.That(images.Pixels, Is.EqualTo(Enumerable.Range(1, 12)));
    }

    [Test]
    public void Compression_is_told_by_content_and_not_by_name()
    {
        string plain = _folder.Write("labels.gz", IdxBytes.Labels(3, 5, 0, 4));
        string compressed = _folder.Write("labels", IdxBytes.Gzip(IdxBytes.Labels(3, 5, 0, 4)));

        Assert.That(IdxReader.ReadLabels(plain), Is.EqualTo(new byte[] { 5, 0, 4 }));
        Assert.That(IdxReader.ReadLabels(compressed), Is.EqualTo(new byte[] { 5, 0, 4 }));
    }

    [TestCase("train", "255c610b03493b75516672a5199c8df9", 4000)]
    [TestCase("t10k", "b0cbe9cdc95b2c7e2ff98eceff33dc93", 1000)]
    public void Shipped_digits_have_the_published_checksum_and_as_many_of_each_class(string part, string md5, int count)
    {
        LabeledImages digits = IdxReader.ReadLabeledImages(
            Path.Combine(TestData.SampleDigits, $"{part}-images-idx3-ubyte.gz"),
            Path.Combine(TestData.SampleDigits, $"{part}-labels-idx1-ubyte.gz"));

        byte[] file = IdxBytes.Images(count, 28, 28, digits.Pixels);
        Assert.That(Convert.ToHexStringLower(CryptographicOperations.HashData(HashAlgorithmName.MD5, file)), Is.EqualTo(md5));
        Assert.That(digits.Labels.CountBy(label => label).Select(one => one.Value), Is.All.EqualTo(count / 10));
    }

    [Test]
    public void A_file_cut_short_is_refused_with_both_lengths([Values] bool compressed)
    {
        byte[] content = IdxBytes.Images(2, 2, 3, new byte[11]);
        string path = _folder.Write("images", compressed ? IdxBytes.Gzip(content) : content);

        Assert.That(() => IdxReader.ReadImages(path), Refused("takes 28 bytes, but 27 were found", path));
    }

    [Test]
    public void A_gzip_file_cut_short_is_refused_with_both_lengths()
    {
        var noise = new byte[30_000];
        new Random(1).NextBytes(noise);
        byte[] compressed = IdxBytes.Gzip(IdxBytes.Labels(30_000, noise));
        string path = _folder.Write("labels.gz", compressed.AsSpan(0, compressed.Length / 2));

        Assert.That(() => IdxReader.ReadLabels(path), Refused("takes 30008 bytes, but ", path));
    }

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(15)]
    public void A_header_cut_short_is_refused_with_both_lengths(int length)
    {
        string path = _folder.Write("images", IdxBytes.Images(1, 1, 1, 0).AsSpan(0, length));

        Assert.That(() => IdxReader.ReadImages(path), Refused($"takes 16 bytes, but {length} were found", path));
    }

    [Test]
    public void A_file_that_goes_on_is_refused([Values] bool compressed)
    {
        byte[] content = IdxBytes.Labels(2, 1, 2, 3);
        string path = _folder.Write("labels", compressed ? IdxBytes.Gzip(content) : content);

        Assert.That(() => IdxReader.ReadLabels(path), Refused("goes on after the 10 bytes", path));
    }

    [Test]
    public void A_gzip_file_that_expands_without_end_is_read_no_further_than_it_declares()
    {
        byte[] bomb = IdxBytes.Gzip(IdxBytes.File(0x801, [10], new byte[64 << 20]), CompressionLevel.Fastest);
        string path = _folder.Write("labels.gz", bomb);

        Assert.That(Allocated(() => IdxReader.ReadLabels(path), "goes on after the 18 bytes"), Is.LessThan(FewBytes));
    }

    [Test]
    public void A_count_that_is_not_there_takes_no_memory([Values] bool compressed)
    {
        byte[] content = IdxBytes.Labels(Array.MaxLength, new byte[12]);
        string path = _folder.Write("labels", compressed ? IdxBytes.Gzip(content) : content);

        Assert.That(Allocated(() => IdxReader.ReadLabels(path), "takes 2147483599 bytes, but 20 were found"), Is.LessThan(FewBytes));
    }

    [TestCase(int.MaxValue, int.MaxValue, int.MaxValue, "2147483647 x 2147483647 x 2147483647")]
    [TestCase(int.MinValue, 28, 28, "2147483648 x 28 x 28")]
    [TestCase(int.MinValue, int.MinValue, 1, "2147483648 x 2147483648 x 1")]
    [TestCase(70_000, 1 << 16, 1 << 16, "70000 x 65536 x 65536")]
    public void Sizes_beyond_an_array_are_refused_before_anything_is_allocated(int count, int height, int width, string claim)
    {
        string path = _folder.Write("images", IdxBytes.Images(count, height, width, new byte[4]));

        Assert.That(Allocated(() => IdxReader.ReadImages(path), $"{claim} bytes, but at most {Array.MaxLength}"), Is.LessThan(FewBytes));
    }

    [TestCase(0, 28, 28)]
    [TestCase(1, 0, 28)]
    [TestCase(1, 28, 0)]
    public void A_size_of_zero_is_refused(int count, int height, int width)
    {
        string path = _folder.Write("images", IdxBytes.Images(count, height, width));

        Assert.That(() => IdxReader.ReadImages(path), Refused($"{count} x {height} x {width} bytes, which is nothing", path));
    }

    [Test]
    public void Labels_given_for_images_are_told_apart()
    {
        string labels = _folder.Write("labels", IdxBytes.Labels(2, 1, 2));

        Assert.That(
            () => IdxReader.ReadImages(labels),
            Refused("begins with 0x00000801, but an IDX file of images begins with 0x00000803. It is a file of labels", labels));
    }

    [Test]
    public void Images_given_for_labels_are_told_apart()
    {
        string images = _folder.Write("images", IdxBytes.Images(1, 1, 1, 0));

        Assert.That(
            () => IdxReader.ReadLabels(images),
            Refused("begins with 0x00000803, but an IDX file of labels begins with 0x00000801. It is a file of images", images));
    }

    [Test]
    public void Another_kind_of_file_is_refused_with_what_it_begins_with()
    {
        string path = _folder.Write("picture.png", [0x89, (byte)'P', (byte)'N', (byte)'G', 0, 0, 0, 0]);

        Assert.That(() => IdxReader.ReadImages(path), Refused("begins with 0x89504E47", path));
    }

    [Test]
    public void A_damaged_gzip_file_is_refused_with_the_cause()
    {
        byte[] compressed = IdxBytes.Gzip(IdxBytes.Labels(4, 1, 2, 3, 4));
        compressed[^6] ^= 1; // Its checksum, which stands before the length.
        string path = _folder.Write("labels.gz", compressed);

        Assert.That(
            () => IdxReader.ReadLabels(path),
            Refused("is gzip, but damaged", path).And.InnerException.TypeOf<InvalidDataException>());
    }

    [Test]
    public void Counts_that_differ_are_refused_with_both_numbers_and_names()
    {
        string images = _folder.Write("three-images", IdxBytes.Images(3, 1, 1, 1, 2, 3));
        string labels = _folder.Write("two-labels", IdxBytes.Labels(2, 1, 2));

        Assert.That(
            () => IdxReader.ReadLabeledImages(images, labels),
            Refused("three-images' has 3 images", images).And.Message.Contains("two-labels' has 2 labels"));
    }

    [Test]
    public void A_missing_file_is_named() =>
        Assert.That(
            () => IdxReader.ReadLabels(_folder.File("nowhere")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("nowhere"));

    private static Constraint Refused(string message, string path) =>
        Throws.TypeOf<InvalidDataException>().With.Message.Contains(message).And.Message.Contains(path);

    private static long Allocated(Action read, string message)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(read, Throws.TypeOf<InvalidDataException>().With.Message.Contains(message));
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
