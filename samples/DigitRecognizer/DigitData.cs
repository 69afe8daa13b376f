using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using Siamese.Training.Datasets;
using Spectre.Console;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>The images of a run as ML.NET sees them.</summary>
/// <param name="Description">What they are, for the network's metadata and metrics.json.</param>
/// <param name="Train">Rows to train on; a column "Label".</param>
/// <param name="TrainCount">How many those are.</param>
/// <param name="Test">Rows that only figures are made of.</param>
/// <param name="TestCount">How many those are.</param>
/// <param name="FromFiles">Whether the rows name image files in a column "Path", rather than hold pixels in a column "Image".</param>
internal sealed record DigitData(string Description, IDataView Train, int TrainCount, IDataView Test, int TestCount, bool FromFiles)
{
    private const double TestShare = 0.2;

    /// <summary>The digits that come with this sample.</summary>
    public static string ShippedFolder => Path.Combine(AppContext.BaseDirectory, "data", "digits");

    public static async Task<DigitData> LoadAsync(MLContext ml, string source, int seed, CancellationToken cancellation)
    {
        if (source.Equals("mnist", StringComparison.OrdinalIgnoreCase))
        {
            string cache = await MnistDataset.DownloadAsync(cancellationToken: cancellation);
            return FromIdx(ml, "MNIST", MnistDataset.Load(cache));
        }

        if (Directory.Exists(source) && Directory.EnumerateFiles(source, "*-idx3-ubyte*").Any())
        {
            string name = Path.GetFullPath(source) == ShippedFolder ? "the shipped digits" : Path.GetFileName(Path.TrimEndingDirectorySeparator(source));
            return FromIdx(ml, name, MnistDataset.Load(source));
        }

        return FromFolder(ml, source, seed);
    }

    /// <summary>What the network shall see: for image files the asked size and colors; pixels in memory tell it themselves.</summary>
    public ImageInput? Input(int? size, ColorOrder colors)
    {
        if (!FromFiles)
        {
            return null;
        }

        int side = size ?? SideOfFirstImage();
        return new ImageInput(side, side, colors) { Scale = [1f / 255f] };
    }

    /// <summary>Gets the column that a network reads: the paths of image files, or pixels.</summary>
    public string ImageColumn => FromFiles ? "Path" : "Image";

    private static DigitData FromIdx(MLContext ml, string name, TrainTestImages images) =>
        new(
            $"{name}: {images.Train.Count} digits to train on, {images.Test.Count} to test with",
            images.Train.ToDataView(ml),
            images.Train.Count,
            images.Test.ToDataView(ml),
            images.Test.Count,
            FromFiles: false);

    private static DigitData FromFolder(MLContext ml, string folder, int seed)
    {
        string train = Path.Combine(folder, "train");
        string test = Path.Combine(folder, "test");
        IReadOnlyList<LabeledImageFile> trainFiles;
        IReadOnlyList<LabeledImageFile> testFiles;
        if (Directory.Exists(train) && Directory.Exists(test))
        {
            trainFiles = ImageFolder.Find(train, new ImageFolderOptions { Searched = Say });
            testFiles = ImageFolder.Find(test, new ImageFolderOptions { MinimumClasses = 1, MinimumImagesPerClass = 1, Searched = Say });
        }
        else
        {
            // The same share of every class, chosen by the seed; at least two images are left to train on.
            var random = new Random(seed);
            ILookup<string, LabeledImageFile> classes = ImageFolder.Find(folder, new ImageFolderOptions { Searched = Say }).ToLookup(file => file.Label);
            var chosen = new HashSet<LabeledImageFile>();
            foreach (IGrouping<string, LabeledImageFile> images in classes)
            {
                LabeledImageFile[] shuffled = [.. images];
                random.Shuffle(shuffled);
                chosen.UnionWith(shuffled.Take(Math.Min((int)(shuffled.Length * TestShare), shuffled.Length - 2)));
            }

            trainFiles = [.. classes.SelectMany(images => images).Where(file => !chosen.Contains(file))];
            testFiles = [.. classes.SelectMany(images => images).Where(chosen.Contains)];
        }

        if (testFiles.Count == 0)
        {
            throw new InvalidDataException($"'{folder}' has too few images to hold any out as a test: give five of each class, or a folder 'test'.");
        }

        return new DigitData(
            $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}: {trainFiles.Count} image files to train on, {testFiles.Count} to test with",
            ml.Data.LoadFromEnumerable(trainFiles),
            trainFiles.Count,
            ml.Data.LoadFromEnumerable(testFiles),
            testFiles.Count,
            FromFiles: true);
    }

    private static void Say(ImageFileSearch search)
    {
        if (search.Summary.Length > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]{search.Summary}[/]");
        }
    }

    private int SideOfFirstImage()
    {
        string path = Train.GetColumn<string>("Path").First();
        using MLImage image = ImageFile.Read(path);
        return image.Width == image.Height
            ? image.Width
            : throw new InvalidDataException($"'{path}' is {image.Width}x{image.Height}, and no square. Say with --size what images shall be resized to.");
    }
}
