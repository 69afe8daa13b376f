using Siamese.Pipelines;

namespace Siamese.Training.Datasets;

/// <summary>
/// MNIST: 60,000 handwritten digits to train on and 10,000 to test with, 28 × 28 pixels, white on black (LeCun, Bottou, Bengio and
/// Haffner, Gradient-based learning applied to document recognition, 1998); and sets that are published under the same file names.
/// </summary>
/// <example>
/// <code>
/// TrainTestImages mnist = MnistDataset.Load(await MnistDataset.DownloadAsync());
/// </code>
/// </example>
public static class MnistDataset
{
    private const string LockName = ".lock";
    private static readonly TimeSpan LockInterval = TimeSpan.FromMilliseconds(100);

    private static readonly PublishedFile[] Files =
    [
        new("train-images-idx3-ubyte", 16 + (60_000 * 28 * 28), "6bbc9ace898e44ae57da46a324031adb"),
        new("train-labels-idx1-ubyte", 8 + 60_000, "a25bea736e30d166cdddb491f175f624"),
        new("t10k-images-idx3-ubyte", 16 + (10_000 * 28 * 28), "2646ac647ad5339dbf082846283269ea"),
        new("t10k-labels-idx1-ubyte", 8 + 10_000, "27ae3e4e09519cfbb04c329615203637"),
    ];

    /// <summary>Reads the four files of MNIST, or of a set published likewise, such as Fashion-MNIST and KMNIST.</summary>
    /// <param name="directory">
    /// A folder with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte, each as it is or
    /// with .gz; where there are both, the .gz is read.
    /// </param>
    /// <returns>The images to train on and those to test with, in their published order.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message names each that is.</exception>
    /// <exception cref="InvalidDataException">A file is not sound, or the files do not belong together.</exception>
    public static TrainTestImages Load(string directory)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        if (!Directory.Exists(directory))
        {
            throw new DirectoryNotFoundException($"There is no folder '{directory}'. {nameof(DownloadAsync)} makes one with MNIST.");
        }

        string?[] paths = [.. Files.Select(file => file.Locate(directory))];
        if (paths.Contains(null))
        {
            IEnumerable<string> missing = Files.Where((_, i) => paths[i] is null).Select(file => file.Name);
            throw new FileNotFoundException(
                $"'{directory}' lacks {string.Join(", ", missing)} (each may also end in .gz). {nameof(DownloadAsync)} fetches MNIST's.");
        }

        LabeledImages train = IdxReader.ReadLabeledImages(paths[0]!, paths[1]!);
        LabeledImages test = IdxReader.ReadLabeledImages(paths[2]!, paths[3]!);
        return (train.Width, train.Height) == (test.Width, test.Height)
            ? new TrainTestImages(train, test)
            : throw new InvalidDataException(
                $"'{paths[0]}' has images of {train.Width}x{train.Height}, but '{paths[2]}' of {test.Width}x{test.Height}.");
    }

    /// <summary>Makes sure that a folder holds MNIST, and downloads the files that are missing or damaged.</summary>
    /// <param name="options">Where from and where to; the defaults are public mirrors and a folder of the user's.</param>
    /// <param name="progress">Told of each block received.</param>
    /// <param name="cancellationToken">
    /// Stops the download. What was received stays as a .part file, and the next download goes on from it.
    /// </param>
    /// <returns>The folder, for <see cref="Load"/>.</returns>
    /// <remarks>
    /// <para>
    /// Each file's MD5, decompressed, is compared with the published one. A file that has it is not downloaded again, and when all four
    /// have it nothing is written and no server is asked, so files may as well be put there by hand. A file without it is replaced.
    /// </para>
    /// <para>
    /// A mirror that fails or sends something else is followed by the next. Several processes may ask for one folder at once: one
    /// downloads, and the others wait for it. An empty file <c>.lock</c> stays in the folder.
    /// </para>
    /// </remarks>
    /// <exception cref="IOException">
    /// No mirror had a file, and the message gives each one's reason; or the folder cannot be written.
    /// </exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Task<string> DownloadAsync(
        MnistDownloadOptions? options = null,
        IProgress<DownloadProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        DownloadAsync(Files, options ?? new MnistDownloadOptions(), progress, cancellationToken);

    internal static async Task<string> DownloadAsync(
        IReadOnlyList<PublishedFile> files,
        MnistDownloadOptions options,
        IProgress<DownloadProgress>? progress,
        CancellationToken cancellationToken)
    {
        string directory = Path.GetFullPath(options.CacheDirectory);
        if (await MissingAsync(files, directory, cancellationToken).ConfigureAwait(false) is [])
        {
            return directory;
        }

        Directory.CreateDirectory(directory);
        await using FileStream held = await LockAsync(Path.Combine(directory, LockName), cancellationToken).ConfigureAwait(false);
        // The client waits as long as it must: MirroredDownload itself watches for a mirror that stalls.
        using HttpClient? own = options.Client is null ? new HttpClient { Timeout = Timeout.InfiniteTimeSpan } : null;
        string remedy = $"Name other mirrors, or put these files into '{directory}' by hand, each with .gz or decompressed: "
            + $"{string.Join(", ", files.Select(file => file.Name))}.";
        var download = new MirroredDownload(options.Client ?? own!, options, remedy, progress);
        // Asked again, since another process may have downloaded while this one waited.
        foreach (PublishedFile file in await MissingAsync(files, directory, cancellationToken).ConfigureAwait(false))
        {
            await download.FetchAsync(file, directory, cancellationToken).ConfigureAwait(false);
        }

        return directory;
    }

    private static async Task<List<PublishedFile>> MissingAsync(
        IReadOnlyList<PublishedFile> files, string directory, CancellationToken cancellationToken)
    {
        var missing = new List<PublishedFile>();
        foreach (PublishedFile file in files)
        {
            if (file.Locate(directory) is not { } path || !await file.MatchesAsync(path, cancellationToken).ConfigureAwait(false))
            {
                missing.Add(file);
            }
        }

        return missing;
    }

    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException held) when (OutputLock.IsHeldByAnother(held))
            {
                await Task.Delay(LockInterval, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
