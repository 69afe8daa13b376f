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

    private static readonly string[] Extensions = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];

    /// <summary>Finds the photographs, in the order of their names by the characters' codes.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="people">The fewest people who must be there.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There are no photographs, or of too few people.</exception>
    public static IReadOnlyList<Photograph> Find(string folder, int people = 1)
    {
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"There is no folder '{root}'.\n\n{Layout}");
        }

        Photograph[] found =
        [
            .. Directory.EnumerateFiles(root, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false })
                .Where(path => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
                .Select(path => new Photograph(
                    path,
                    Path.GetRelativePath(root, path).Replace(Path.DirectorySeparatorChar, '/'),
                    Path.GetFileName(Path.GetDirectoryName(path)!)))
                .OrderBy(photograph => photograph.Name, StringComparer.Ordinal),
        ];
        if (found.Length == 0)
        {
            throw new InvalidDataException($"'{root}' holds no photographs ({string.Join(", ", Extensions)}).\n\n{Layout}");
        }

        string[] names = [.. found.Select(photograph => photograph.Person).Distinct()];
        return names.Length >= people
            ? found
            : throw new InvalidDataException(
                $"'{root}' holds photographs of {names.Length} person, {string.Join(", ", names)}, but to tell people apart {people} are needed.\n\n{Layout}");
    }
}
