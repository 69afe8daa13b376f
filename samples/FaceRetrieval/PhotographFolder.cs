using Siamese.Pipelines.Images;
using Siamese.Samples.Stores;
using Spectre.Console;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>Finds the photographs of a folder, to any depth. The folder that holds a photograph names its person.</summary>
internal static class PhotographFolder
{
    public const string Layout = """
        The folder is searched to any depth, and the folder that holds a photograph names its person, so that train/ada and val/ada are one:

          photographs/ada/1.jpg
          photographs/ada/2.jpg
          photographs/ben/holiday.png
        """;

    /// <summary>Finds the photographs, each file once, in the order of their names by the characters' codes, and shows in a line what was passed over.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="people">The fewest people who must be there.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There are no photographs, or of too few people.</exception>
    public static PhotographSearch Find(string folder, int people = 1)
    {
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{root}'.\n\n{Layout}");
        }

        ImageFileSearch search = ImageFiles.Find(root);
        if (search.Summary.Length > 0)
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]{search.Summary}[/]");
        }

        Photograph[] found = [.. search.Files.Select(file => new Photograph(file.Path, file.Name, PersonOf(file)))];
        if (found.Length == 0)
        {
            throw new InvalidDataException($"'{root}' holds no photographs ({string.Join(", ", ImageFiles.Extensions)}).\n\n{Layout}");
        }

        string[] names = [.. found.Select(photograph => photograph.Person).Distinct()];
        bool isWhole = search.Skipped.All(skipped => skipped.Reason is not (SkipReason.UnreadableFolder or SkipReason.UnreadableName));
        return names.Length >= people
            ? new PhotographSearch(found, isWhole)
            : throw new InvalidDataException(
                $"'{root}' holds photographs of {names.Length} person, {string.Join(", ", names)}, but to tell people apart {people} are needed.\n\n{Layout}");
    }

    // In one spelling: some systems write the accents of a folder's name apart from its letters.
    private static string PersonOf(FoundImageFile file)
    {
        _ = PersonName.TryNormalize(Path.GetFileName(Path.GetDirectoryName(file.Path)!), out string name, out _);
        return name;
    }
}
