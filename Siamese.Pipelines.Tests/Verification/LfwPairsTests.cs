using System.Text;
using Siamese.Pipelines.Tests.Training.Datasets;
using Siamese.Pipelines.Verification;

namespace Siamese.Pipelines.Tests.Verification;

public sealed class LfwPairsTests
{
    [Test]
    public void Read_gives_the_pairs_fold_by_fold()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("pairs.txt", "2\t1\nAda\t1\t12\nAda\t1\tBen\t3\nBen\t1\t2\nBen\t2\tCid\t1\n"u8);

        Assert.That(LfwPairs.Read(path), Is.EqualTo(new ImagePair[]
        {
            new("Ada/Ada_0001.jpg", "Ada/Ada_0012.jpg", true, 0),
            new("Ada/Ada_0001.jpg", "Ben/Ben_0003.jpg", false, 0),
            new("Ben/Ben_0001.jpg", "Ben/Ben_0002.jpg", true, 1),
            new("Ben/Ben_0002.jpg", "Cid/Cid_0001.jpg", false, 1),
        }));
    }

    [Test]
    public void Read_gives_the_protocol_of_LFW()
    {
        string lfw = TestData.Full("lfw");

        IReadOnlyList<ImagePair> pairs = LfwPairs.Read(Path.Combine(lfw, "pairs.txt"));

        Assert.That(pairs.GroupBy(pair => (pair.Fold, pair.IsSame)).Select(group => group.Count()), Is.EqualTo(Enumerable.Repeat(300, 20)));
        Assert.That(pairs.Select(pair => pair.Second), Has.All.Matches<string>(image => File.Exists(Path.Join(lfw, "lfw-deepfunneled", image))));
    }

    [TestCase("", "first line is ''")]
    [TestCase("ten\t300\n", "first line is 'ten\t300'")]
    [TestCase("1\nAda\t1\t2\n", "has 1 pairs, but its first line states 1 folds of twice 1")]
    [TestCase("1\nAda\t1\t2\nAda\t1\tBen\n", "'Ada\t1\tBen' is not a pair")]
    [TestCase("1\nAda\t0\t2\nAda\t1\tBen\t1\n", "'Ada\t0\t2' is not a pair")]
    [TestCase("2\t1\nAda\t1\t2\nAda\t1\t3\nAda\t1\tBen\t1\nAda\t1\tCid\t1\n", "fold 1 has 2 pairs of one person and 0 of two")]
    [TestCase("2\t1\nAda\t1\t2\nAda\t1\tBen\t3\nAda\t1\tBen\t1\nAda\t1\tCid\t1\n", "fold 2 has 0 pairs of one person and 2 of two")]
    [TestCase("2\nAda\t1\t2\nAda\t1\tBen\t3\nAda\t1\tBen\t1\nAda\t1\tCid\t1\n", "fold 1 has 1 pairs of one person and 3 of two")]
    [TestCase("1\nAda\t1\t2\nAda\t1\tAda\t2\n", "is listed as a pair of two persons")]
    [TestCase("1\nAda\t2\t2\nAda\t1\tBen\t2\n", "pairs an image with itself")]
    [TestCase("1\n..\t1\t2\nAda\t1\tBen\t2\n", "'..' is not the name of a folder")]
    [TestCase("1\n\t1\t2\nAda\t1\tBen\t2\n", "'' is not the name of a folder")]
    [TestCase("1\nAda\t1\t2\nAda\t1\t../etc\t2\n", "'../etc' is not the name of a folder")]
    [TestCase("1\n/etc\t1\t2\nAda\t1\tBen\t2\n", "'/etc' is not the name of a folder")]
    [TestCase("1\nC:\\x\t1\t2\nAda\t1\tBen\t2\n", "is not the name of a folder")]
    [TestCase("1\nA\0da\t1\t2\nAda\t1\tBen\t2\n", "is not the name of a folder")]
    [TestCase("2147483647\t2147483647\nAda\t1\t2\n", "has 1 pairs, but its first line states 2147483647 folds of twice 2147483647")]
    [TestCase("4294967297\t1\nAda\t1\t2\n", "first line is '4294967297\t1'")]
    [TestCase("-1\t1\nAda\t1\t2\n", "first line is '-1\t1'")]
    public void A_list_of_another_form_is_refused_with_what_was_found(string text, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("pairs.txt", Encoding.UTF8.GetBytes(text));

        Assert.That(() => LfwPairs.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message).And.Message.Contains(path));
    }

    [Test]
    public void A_file_that_is_not_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        string latin = folder.Write("latin.txt", [.. "1\nJos"u8, 0xE9, .. "\t1\t2\nAda\t1\tBen\t1\n"u8]);
        var endless = new byte[1 << 20];
        Array.Fill(endless, (byte)'1');
        string oneLine = folder.Write("line.txt", endless);

        Assert.That(() => LfwPairs.Read(latin), Throws.TypeOf<InvalidDataException>().With.Message.Contains("UTF-8").And.Message.Contains(latin));
        Assert.That(() => LfwPairs.Read(oneLine), Throws.TypeOf<InvalidDataException>().With.Message.Contains("more than 2048 characters"));
    }

    [Test]
    public void Blank_lines_line_ends_of_Windows_and_a_byte_order_mark_do_not_matter()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("pairs.txt", [0xEF, 0xBB, 0xBF, .. "1\r\n\r\nJosé\t1\t2\r\n \r\nJosé\t1\tBen\t3"u8]);

        Assert.That(LfwPairs.Read(path).Select(pair => pair.Second), Is.EqualTo(new[] { "José/José_0002.jpg", "Ben/Ben_0003.jpg" }));
    }
}
