using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using Siamese.Training.Datasets;

namespace Siamese.Samples.DigitRecognizer;

/// <summary>Pictures of none of the classes, as the pixels that the network takes.</summary>
/// <param name="Name">What they are called.</param>
/// <param name="Images">The pixels of each.</param>
/// <param name="Labels">What each shows; empty texts where nobody says.</param>
/// <param name="LookAlikes">Labels that cannot be told from a class by their shape, and are counted apart.</param>
internal sealed record UnknownData(string Name, IReadOnlyList<float[]> Images, IReadOnlyList<string> Labels, IReadOnlySet<string> LookAlikes)
{
    private const string ImagesMark = "images-idx3-ubyte";

    /// <summary>The clothes that come with this sample.</summary>
    public static string ShippedClothes => Path.Combine(DigitData.ShippedFolder, $"clothes-{ImagesMark}.gz");

    public bool IsLabelled => Labels.Any(label => label.Length > 0);

    /// <summary>Finds out before minutes of training whether a set is there, can be read and is not the known one.</summary>
    public static void Check(string path, string knownFolder)
    {
        if (Directory.Exists(path))
        {
            Files(path, knownFolder);
        }
        else
        {
            ReadImages(path, knownFolder);
        }
    }

    /// <summary>Reads an IDX file of images, with its labels where they lie beside it, or a folder of image files.</summary>
    public static UnknownData Load(string path, ImageInput input, string knownFolder)
    {
        if (Directory.Exists(path))
        {
            return FromFolder(path, input, knownFolder);
        }

        IdxImages images = ReadImages(path, knownFolder);
        string file = Path.GetFileName(path);
        string labelFile = path.Replace(ImagesMark, "labels-idx1-ubyte", StringComparison.Ordinal);
        byte[]? labels = labelFile != path && File.Exists(labelFile) ? IdxReader.ReadLabels(labelFile) : null;
        int count = images.Count;
        if (labels is not null && labels.Length != count)
        {
            throw new InvalidDataException($"'{path}' has {count} images, but '{labelFile}' has {labels.Length} labels.");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

        // A set that names its files as MNIST does is told by its folder.
        string name = IsNamedAsKnown(file)
            ? Path.GetFileName(folder)
            : file.Contains(ImagesMark, StringComparison.Ordinal) ? file[..file.IndexOf(ImagesMark, StringComparison.Ordinal)].TrimEnd('-') : Path.GetFileNameWithoutExtension(file);

        // Letters are numbered from 1 as EMNIST does; four of them look like digits, whatever is learned.
        bool isLetters = name.Contains("letters", StringComparison.OrdinalIgnoreCase) && labels is not null && labels.All(label => label is >= 1 and <= 26);
        return new UnknownData(
            name,
            [.. Enumerable.Range(0, count).Select(i => Pixels(images, i, input))],
            labels is null ? [.. Enumerable.Repeat(string.Empty, count)] : [.. labels.Select(label => isLetters ? ((char)('A' + label - 1)).ToString() : label.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            isLetters ? new HashSet<string> { "O", "S", "I", "Z" } : new HashSet<string>());
    }

    /// <summary>
    /// The same with pixels up to 255 × 255. The course project's figures come out of its recipe where the unknown pictures, unlike the digits,
    /// were not divided by 255: then their embeddings are many times as long, and a softmax over them more peaked than over any digit.
    /// </summary>
    public UnknownData Unscaled() => this with { Name = $"{Name}, unscaled", Images = [.. Images.Select(image => Array.ConvertAll(image, pixel => pixel * 255))] };

    /// <summary>The rows in ML.NET: Image and Label.</summary>
    public IDataView ToDataView(MLContext ml, ImageInput input)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, input.Channels, input.Height, input.Width);
        return ml.Data.LoadFromEnumerable(Images.Zip(Labels, (image, label) => new Row { Image = image, Label = label }), schema);
    }

    // As MNIST names its own files.
    private static bool IsNamedAsKnown(string file) =>
        file.StartsWith("train-", StringComparison.Ordinal) || file.StartsWith("t10k-", StringComparison.Ordinal);

    private static IdxImages ReadImages(string path, string knownFolder)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file or folder '{path}' of unknown images. Name an IDX file of images or a folder of image files with --unknown.");
        }

        return IsNamedAsKnown(Path.GetFileName(path)) && Path.GetDirectoryName(Path.GetFullPath(path)) == Path.GetFullPath(knownFolder)
            ? throw new ArgumentException($"'{path}' holds the digits that are known. Name images of something else with --unknown.")
            : IdxReader.ReadImages(path);
    }

    private static string[] Files(string folder, string knownFolder)
    {
        if (Path.GetFullPath(folder) == Path.GetFullPath(knownFolder))
        {
            throw new ArgumentException($"'{folder}' is the folder of the images that are known. Name images of something else with --unknown.");
        }

        ImageFileSearch search = ImageFiles.Find(folder);
        return search.Files.Count > 0
            ? [.. search.Files.Select(file => file.Path)]
            : throw new InvalidDataException($"'{folder}' has no image files ({string.Join(", ", ImageFiles.Extensions)}). {search.Summary} Name an IDX file of images or a folder of image files with --unknown.");
    }

    private static UnknownData FromFolder(string folder, ImageInput input, string knownFolder)
    {
        string[] files = Files(folder, knownFolder);
        string root = Path.GetFullPath(folder);
        return new UnknownData(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(root)),
            [.. files.Select(file => DigitPixels.Read(file, input))],
            [.. files.Select(file => Path.GetDirectoryName(Path.GetFullPath(file)) is { } parent && parent != root ? Path.GetFileName(parent) : string.Empty)],
            new HashSet<string>());
    }

    private static float[] Pixels(IdxImages images, int index, ImageInput input)
    {
        int length = images.Width * images.Height;
        ReadOnlySpan<byte> gray = images.Pixels.AsSpan(index * length, length);
        var values = new float[input.Length];
        if (input.ColorOrder == ColorOrder.Grayscale && (input.Width, input.Height) == (images.Width, images.Height))
        {
            for (int i = 0; i < length; i++)
            {
                values[i] = gray[i];
            }

            return values;
        }

        uint[] colors = new uint[length];
        for (int i = 0; i < length; i++)
        {
            colors[i] = 0xFF000000u | (gray[i] * 0x010101u);
        }

        using MLImage image = MLImage.CreateFromPixels(images.Width, images.Height, MLPixelFormat.Bgra32, MemoryMarshal.AsBytes<uint>(colors));
        ImagePixels.Read(image, input, values);
        return values;
    }

    private sealed class Row
    {
        public float[] Image { get; set; } = [];

        public string Label { get; set; } = string.Empty;
    }
}
