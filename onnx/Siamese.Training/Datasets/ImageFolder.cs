using Microsoft.ML;

namespace Siamese.Training.Datasets;

/// <summary>Finds labelled images laid out as <c>folder/class/image</c>, the usual layout of image classification.</summary>
/// <remarks>
/// Images are files that end in .png, .jpg, .jpeg, .bmp or .webp, in upper or lower case; other files are passed over, and so are hidden
/// files and folders. An image in a folder below its class's folder belongs to that class. The order is by class and then by
/// path within it, by the characters' codes, so that it is the same on every system.
/// </remarks>
public static class ImageFolder
{
    private const string Layout = "The layout is folder/class/image.png.";

    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".webp"];

    /// <summary>Finds the images of a folder with their labels.</summary>
    /// <param name="folder">The folder that holds a folder of images for each class.</param>
    /// <param name="options">What must be there at least; by default two classes of two images each.</param>
    /// <returns>The images, by class and then by path.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">
    /// There are no images, images that are in no class's folder, fewer classes than asked for, or classes of fewer images than asked for.
    /// </exception>
    public static IReadOnlyList<LabeledImageFile> Find(string folder, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{root}'. {Layout}");
        }

        // The relative path with '/', since '\' would sort otherwise on Windows than '/' does elsewhere.
        var found = Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false })
            .Where(path => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Select(path => (Path: path, Parts: Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar)))
            .ToList();
        string[] unlabeled = [.. found.Where(file => file.Parts.Length == 1).Select(file => file.Parts[0]).Order(StringComparer.Ordinal)];
        if (unlabeled.Length > 0)
        {
            throw new InvalidDataException(
                $"'{root}' holds {unlabeled.Length} images that are in no class's folder, the first '{unlabeled[0]}'. {Layout}");
        }

        List<LabeledImageFile> images =
        [
            .. found.OrderBy(file => file.Parts[0], StringComparer.Ordinal)
                .ThenBy(file => string.Join('/', file.Parts), StringComparer.Ordinal)
                .Select(file => new LabeledImageFile(file.Path, Label: file.Parts[0])),
        ];
        Check(root, images, options ?? new ImageFolderOptions());
        return images;
    }

    /// <summary>Makes a data view of the images of a folder.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="folder">The folder that holds a folder of images for each class.</param>
    /// <param name="options">What must be there at least; by default two classes of two images each.</param>
    /// <returns>
    /// A view of two text columns: <c>Path</c>, the full path of an image, as <c>LoadImages</c> takes it with any folder or none; and
    /// <c>Label</c>, its class. The folder is read once, now; the images themselves are not.
    /// </returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold what <see cref="Find"/> asks for.</exception>
    public static IDataView Load(MLContext ml, string folder, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ml);
        return ml.Data.LoadFromEnumerable(Find(folder, options));
    }

    private static void Check(string root, List<LabeledImageFile> images, ImageFolderOptions options)
    {
        if (images.Count == 0)
        {
            throw new InvalidDataException($"'{root}' holds no images ({string.Join(", ", Extensions)}). {Layout}");
        }

        var classes = images.CountBy(image => image.Label).ToList();
        if (classes.Count < options.MinimumClasses)
        {
            throw new InvalidDataException(
                $"'{root}' holds {classes.Count} {(classes.Count == 1 ? "class" : "classes")}, "
                + $"{string.Join(", ", classes.Select(one => $"'{one.Key}'"))}, "
                + $"but at least {options.MinimumClasses} are needed. {Layout}");
        }

        string[] small = [.. classes.Where(one => one.Value < options.MinimumImagesPerClass).Select(one => $"'{one.Key}' ({one.Value})")];
        if (small.Length > 0)
        {
            throw new InvalidDataException(
                $"Each class in '{root}' needs at least {options.MinimumImagesPerClass} images, but these have fewer: "
                + $"{string.Join(", ", small)}. Add images, take the classes away, or set "
                + $"{nameof(ImageFolderOptions.MinimumImagesPerClass)}.");
        }
    }
}
