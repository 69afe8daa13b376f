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
    [TestCase("1\nAda\t1\t2\n", "has 1 pairs, but its first line says 1 folds of twice 1")]
    [TestCase("1\nAda\t1\t2\nAda\t1\tBen\n", "'Ada\t1\tBen' is no pair")]
    public void A_list_of_another_form_is_refused_with_what_was_found(string text, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("pairs.txt", Encoding.UTF8.GetBytes(text));

        Assert.That(() => LfwPairs.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(message).And.Message.Contains(path));
    }
}
