using System.Globalization;

namespace Siamese.Pipelines.Verification;

/// <summary>Reads lists of pairs in the form of Labeled Faces in the Wild, such as its <c>pairs.txt</c>.</summary>
/// <remarks>
/// The first line says how many folds there are and how many pairs of either kind each has, or that number alone for one fold. A line
/// <c>name i j</c> is a pair of one person's images, <c>name i other j</c> one of two persons'; the parts are separated by tabs. Image i
/// of a name is <c>name/name_000i.jpg</c>.
/// </remarks>
public static class LfwPairs
{
    /// <summary>Reads a list.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The pairs, fold by fold.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line cannot be read, or there are more or fewer than the first line says.</exception>
    public static IReadOnlyList<ImagePair> Read(string path)
    {
        string[] lines = [.. File.ReadAllLines(Guard.NotBlank(path, nameof(path))).Where(line => !string.IsNullOrWhiteSpace(line))];
        int[] header = [.. (lines.FirstOrDefault() ?? "").Split('\t').Select(text => Number(text) ?? 0)];
        int folds = header.Length == 1 ? 1 : header[0];
        int perKind = header[^1];
        if (header.Length > 2 || folds < 1 || perKind < 1)
        {
            throw new InvalidDataException(
                $"'{path}' is no list of pairs in LFW's form: its first line is '{lines.FirstOrDefault()}', but says the number of folds and of "
                + "pairs of either kind in each, separated by a tab.");
        }

        if (lines.Length - 1 != 2L * folds * perKind)
        {
            throw new InvalidDataException(
                $"'{path}' has {lines.Length - 1} pairs, but its first line says {folds} folds of twice {perKind}. Fetch the whole file.");
        }

        return [.. lines.Skip(1).Select((line, i) => Pair(line, i / (2 * perKind)) ?? throw new InvalidDataException(
            $"'{path}': '{line}' is no pair. A pair of one person is 'name i j', one of two 'name i other j', separated by tabs."))];
    }

    private static ImagePair? Pair(string line, int fold) => line.Split('\t') switch
    {
        [string name, string i, string j] when Number(i) is int first && Number(j) is int second =>
            new ImagePair(Image(name, first), Image(name, second), true, fold),
        [string name, string i, string other, string j] when Number(i) is int first && Number(j) is int second =>
            new ImagePair(Image(name, first), Image(other, second), false, fold),
        _ => null,
    };

    private static string Image(string name, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}/{name}_{number:D4}.jpg");

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;
}
