using System.Collections.Immutable;
using Siamese.Pipelines;

namespace Siamese.Training.Datasets;

/// <summary>Where MNIST is downloaded from, and where to.</summary>
public sealed record MnistDownloadOptions
{
    /// <summary>Gets the folder that the files are kept in. It is created where it is missing.</summary>
    /// <value>
    /// The default is <c>Siamese.Pipelines/mnist</c> in the user's folder of local application data: <c>~/.local/share</c> on Linux,
    /// <c>~/Library/Application Support</c> on macOS, <c>%LOCALAPPDATA%</c> on Windows.
    /// </value>
    /// <exception cref="ArgumentException">The value is empty or blank.</exception>
    public string CacheDirectory { get; init => field = Guard.NotBlank(value); } = Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "Siamese.Pipelines",
        "mnist");

    /// <summary>Gets the addresses of the folders that hold the four .gz files; each is tried when those before it have failed.</summary>
    /// <value>The default is two public copies of the files as first published.</value>
    /// <exception cref="ArgumentException">There is no address, or one is not absolute http or https.</exception>
    public ImmutableArray<Uri> Mirrors { get; init => field = Checked(value, nameof(Mirrors)); } =
    [
        new("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        new("https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ];

    /// <summary>Gets how long a mirror may send nothing before the next one is tried.</summary>
    /// <value>The default is 30 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive.</exception>
    public TimeSpan StallTimeout { get; init => field = Positive(value, nameof(StallTimeout)); } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the client that downloads, for a proxy or a handler of one's own; it is not disposed.</summary>
    /// <value>The default is null: one is made for the download.</value>
    public HttpClient? Client { get; init; }

    private static ImmutableArray<Uri> Checked(ImmutableArray<Uri> mirrors, string name)
    {
        if (mirrors.IsDefaultOrEmpty)
        {
            throw new ArgumentException($"{name} is empty, but at least one address is needed.", name);
        }

        Uri? bad = mirrors.FirstOrDefault(mirror => !IsWebAddress(mirror));
        return bad is null
            ? mirrors
            : throw new ArgumentException($"{name} holds '{bad}', which is no absolute http or https address.", name);
    }

    private static bool IsWebAddress(Uri address) =>
        address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps);

    private static TimeSpan Positive(TimeSpan value, string name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        return value;
    }
}
