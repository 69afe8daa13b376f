using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class MnistDatasetTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Load_reads_the_shipped_digits()
    {
        TrainTestImages digits = MnistDataset.Load(TestData.SampleDigits);

        Assert.That((digits.Train.Count, digits.Train.Width, digits.Train.Height), Is.EqualTo((4000, 28, 28)));
        Assert.That((digits.Test.Count, digits.Test.Width, digits.Test.Height), Is.EqualTo((1000, 28, 28)));
    }

    [Test]
    public void Load_reads_full_mnist_with_its_published_class_counts()
    {
        TrainTestImages mnist = MnistDataset.Load(TestData.Full("mnist"));

        Assert.That(ClassCounts(mnist.Train), Is.EqualTo([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]));
        Assert.That(ClassCounts(mnist.Test), Is.EqualTo([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]));
    }

    [Test]
    public async Task DownloadAsync_finds_full_mnist_sound_and_asks_no_server()
    {
        string folder = TestData.Full("mnist");
        using var client = new HttpClient(new FakeMirrors());

        Assert.That(await MnistDataset.DownloadAsync(new() { CacheDirectory = folder, Client = client }), Is.EqualTo(folder));
    }

    [Test]
    public void Load_takes_files_plain_or_compressed_and_prefers_the_compressed()
    {
        _folder.Write("train-images-idx3-ubyte", IdxBytes.Images(2, 1, 1, 10, 20));
        _folder.Write("train-labels-idx1-ubyte.gz", IdxBytes.Gzip(IdxBytes.Labels(2, 1, 2)));
        _folder.Write("t10k-images-idx3-ubyte.gz", IdxBytes.Gzip(IdxBytes.Images(1, 1, 1, 30)));
        _folder.Write("t10k-labels-idx1-ubyte.gz", IdxBytes.Gzip(IdxBytes.Labels(1, 3)));
        _folder.Write("t10k-labels-idx1-ubyte", IdxBytes.Labels(1, 9));

        TrainTestImages read = MnistDataset.Load(_folder.Path);

        Assert.That(read.Train.Pixels, Is.EqualTo(new byte[] { 10, 20 }));
        Assert.That(read.Train.Labels, Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(read.Test.Pixels, Is.EqualTo(new byte[] { 30 }));
        Assert.That(read.Test.Labels, Is.EqualTo(new byte[] { 3 }));
    }

    [Test]
    public void Load_names_each_file_that_is_missing()
    {
        _folder.Write("train-images-idx3-ubyte", IdxBytes.Images(1, 1, 1, 10));
        _folder.Write("t10k-images-idx3-ubyte.gz", IdxBytes.Gzip(IdxBytes.Images(1, 1, 1, 30)));

        Assert.That(
            () => MnistDataset.Load(_folder.Path),
            Throws.TypeOf<FileNotFoundException>()
                .With.Message.Contains("lacks train-labels-idx1-ubyte, t10k-labels-idx1-ubyte (").And.Message.Contains(_folder.Path));
    }

    [Test]
    public void Load_names_a_folder_that_is_missing() =>
        Assert.That(
            () => MnistDataset.Load(_folder.File("nowhere")), Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("nowhere"));

    [Test]
    public void Load_refuses_sets_of_two_sizes_with_both()
    {
        _folder.Write("train-images-idx3-ubyte", IdxBytes.Images(1, 1, 2, 10, 20));
        _folder.Write("train-labels-idx1-ubyte", IdxBytes.Labels(1, 1));
        _folder.Write("t10k-images-idx3-ubyte", IdxBytes.Images(1, 3, 1, 30, 40, 50));
        _folder.Write("t10k-labels-idx1-ubyte", IdxBytes.Labels(1, 3));

        Assert.That(
            () => MnistDataset.Load(_folder.Path),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("images of 2x1").And.Message.Contains("of 1x3"));
    }

    private static IEnumerable<int> ClassCounts(LabeledImages images) =>
        images.Labels.CountBy(label => label).OrderBy(one => one.Key).Select(one => one.Value);
}
