using Siamese.Training.Datasets;

namespace Siamese.Pipelines.Tests.Training.Datasets;

public sealed class MnistDownloadOptionsTests
{
    [Test]
    public void By_default_a_folder_of_the_user_s_and_two_mirrors_are_used()
    {
        var options = new MnistDownloadOptions();

        Assert.That(options.CacheDirectory, Does.EndWith(Path.Combine("Siamese.Pipelines", "mnist")));
        Assert.That(Path.IsPathFullyQualified(options.CacheDirectory));
        Assert.That(options.Mirrors, Has.Length.EqualTo(2));
    }

    [Test]
    public void Mirrors_cannot_be_empty() =>
        Assert.That(
            () => new MnistDownloadOptions { Mirrors = [] }, Throws.ArgumentException.With.Property("ParamName").EqualTo("Mirrors"));

    [TestCase("mnist/")]
    [TestCase("ftp://mirror.test/mnist/")]
    [TestCase("file:///mnist/")]
    public void A_mirror_must_be_a_web_address(string address) =>
        Assert.That(
            () => new MnistDownloadOptions { Mirrors = [new Uri(address, UriKind.RelativeOrAbsolute)] },
            Throws.ArgumentException.With.Message.Contains(address));

    [TestCase(0)]
    [TestCase(-1)]
    public void A_stall_timeout_must_be_positive(int seconds) =>
        Assert.That(
            () => new MnistDownloadOptions { StallTimeout = TimeSpan.FromSeconds(seconds) },
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("StallTimeout"));

    [Test]
    public void A_blank_folder_is_refused() =>
        Assert.That(
            () => new MnistDownloadOptions { CacheDirectory = " " },
            Throws.ArgumentException.With.Property("ParamName").EqualTo("CacheDirectory"));
}
