using Microsoft.ML;
using Microsoft.ML.Runtime;
using Siamese.Pipelines.Images;

namespace Siamese.Training.Datasets;

/// <summary>Finds labeled images laid out as <c>folder/class/image</c>, the usual layout of image classification.</summary>
/// <remarks>
/// Images are the files that <see cref="ImageFiles.Find"/> finds: each real file once, by the extensions of PNG, JPEG, BMP, GIF and WebP. What it
/// passes over (other formats, hidden files, links to what counts elsewhere, what cannot be opened) is passed over here, and
/// <see cref="ImageFolderOptions.Searched"/> receives it. An image in a folder below its class's folder belongs to that class. The order is by class and
/// then by path within it, by the characters' codes, so that it is the same on every system.
/// </remarks>
public static class ImageFolder
{
    private const string Layout = "The layout is folder/class/image.png.";

    /// <summary>Finds the images of a folder with their labels.</summary>
    /// <param name="folder">The folder that holds a folder of images for each class.</param>
    /// <param name="options">What must be there at least, and who receives what was passed over; by default two classes of two images each.</param>
    /// <returns>The images, by class and then by path.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">
    /// There are no images, images that are in no class's folder, fewer classes than asked for, or classes of fewer images than asked for.
    /// </exception>
    public static IReadOnlyList<LabeledImageFile> Find(string folder, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        options ??= new ImageFolderOptions();
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{root}'. {Layout}");
        }

        ImageFileSearch search = ImageFiles.Find(root);
        options.Searched?.Invoke(search);
        string[] unlabeled = [.. search.Files.Where(file => !file.Name.Contains('/', StringComparison.Ordinal)).Select(file => file.Name)];
        if (unlabeled.Length > 0)
        {
            throw new InvalidDataException(
                $"'{root}' holds {unlabeled.Length} images that are in no class's folder, the first '{unlabeled[0]}'. {Layout}");
        }

        List<LabeledImageFile> images =
        [
            .. search.Files.Select(file => (file.Name, Image: new LabeledImageFile(file.Path, Label: file.Name[..file.Name.IndexOf('/', StringComparison.Ordinal)])))
                .OrderBy(file => file.Image.Label, StringComparer.Ordinal)
                .ThenBy(file => file.Name, StringComparer.Ordinal)
                .Select(file => file.Image),
        ];
        Check(search, images, options);
        return images;
    }

    /// <summary>Makes a data view of the images of a folder.</summary>
    /// <param name="ml">The context. A warning in its log counts what was passed over.</param>
    /// <param name="folder">The folder that holds a folder of images for each class.</param>
    /// <param name="options">What must be there at least, and who receives what was passed over; by default two classes of two images each.</param>
    /// <returns>
    /// A view of two text columns: <c>Path</c>, the full path of an image, as the networks' estimators take it; and <c>Label</c>, its class. The folder
    /// is read once, now; the images themselves are not.
    /// </returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder does not hold what <see cref="Find"/> asks for.</exception>
    public static IDataView Load(MLContext ml, string folder, ImageFolderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ml);
        options ??= new ImageFolderOptions();
        return ml.Data.LoadFromEnumerable(Find(folder, options with
        {
            Searched = search =>
            {
                Warn(ml, search);
                options.Searched?.Invoke(search);
            },
        }));
    }

    private static void Warn(MLContext ml, ImageFileSearch search)
    {
        if (search.Skipped.Count > 0)
        {
            using IChannel channel = ((IHostEnvironment)ml).Start(nameof(ImageFolder));
            channel.Warning(MessageSensitivity.UserData, "'{0}': {1}", search.Folder, search.Summary);
        }
    }

    private static void Check(ImageFileSearch search, List<LabeledImageFile> images, ImageFolderOptions options)
    {
        string root = search.Folder;
        if (images.Count == 0)
        {
            throw new InvalidDataException($"'{root}' holds no images ({string.Join(", ", ImageFiles.Extensions)}). {search.Summary} {Layout}");
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
