using System.Globalization;
using System.Text;

namespace Siamese.Pipelines.Verification;

/// <summary>Reads lists of pairs in the form of Labeled Faces in the Wild, such as its <c>pairs.txt</c>.</summary>
/// <remarks>
/// The first line holds the number of folds and the number of pairs of each kind in each fold, or the latter alone for one fold. A line
/// <c>name i j</c> is a pair of two images of one person, a line <c>name i other j</c> a pair of images of two persons; the parts are
/// separated by tabs. Image i of a name, counted from 1, is <c>name/name_000i.jpg</c>. A fold holds as many pairs of one person as of two,
/// in any order.
/// </remarks>
public static class LfwPairs
{
    // Far longer than two names of folders and two numbers can be.
    private const int LongestLine = 2048;

    /// <summary>Reads a list.</summary>
    /// <param name="path">A text file in UTF-8.</param>
    /// <returns>The pairs, fold by fold.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is not text in UTF-8, a line cannot be read, a name is not the name of a folder, a pair contradicts itself, there are more or
    /// fewer pairs than the first line states, or a fold holds more of one kind than of the other.
    /// </exception>
    public static IReadOnlyList<ImagePair> Read(string path)
    {
        using var reader = new StreamReader(
            Guard.NotBlank(path, nameof(path)), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        using IEnumerator<string> lines = Lines(reader, path).GetEnumerator();
        (int folds, int perKind) = Header(lines.MoveNext() ? lines.Current : string.Empty, path);
        long expected = 2L * folds * perKind;
        List<ImagePair> pairs = [];
        long found = 0;
        int same = 0;
        for (; lines.MoveNext(); found++)
        {
            // Beyond the number that the first line states, pairs are only counted, for the message.
            if (found < expected)
            {
                int fold = (int)(found / (2L * perKind));
                ImagePair pair = Pair(lines.Current, fold, path);
                pairs.Add(pair);
                same += pair.IsSame ? 1 : 0;
                if ((found + 1) % (2L * perKind) == 0)
                {
                    CheckKinds(fold, same, perKind, path);
                    same = 0;
                }
            }
        }

        return found == expected
            ? pairs
            : throw new InvalidDataException(
                $"'{path}' has {found} pairs, but its first line states {folds} folds of twice {perKind}. Fetch the whole file.");
    }

    private static (int Folds, int PerKind) Header(string line, string path)
    {
        int[] numbers = [.. line.Split('\t').Select(text => Number(text) ?? 0)];
        int folds = numbers.Length == 1 ? 1 : numbers[0];
        int perKind = numbers[^1];
        return numbers.Length <= 2 && folds >= 1 && perKind >= 1
            ? (folds, perKind)
            : throw new InvalidDataException(
                $"'{path}' is not a list of pairs in LFW's form: its first line is '{line}', but must hold the number of folds and the number "
                + "of pairs of each kind in a fold, separated by a tab.");
    }

    private static void CheckKinds(int fold, int same, int perKind, string path)
    {
        if (same != perKind)
        {
            throw new InvalidDataException(
                $"'{path}': fold {fold + 1} has {same} pairs of one person and {(2L * perKind) - same} of two, but its first line states "
                + $"{perKind} of each. Fetch the file again, or correct the first line.");
        }
    }

    private static ImagePair Pair(string line, int fold, string path)
    {
        ImagePair pair = line.Split('\t') switch
        {
            [string name, string i, string j] when Number(i) is int first && Number(j) is int second =>
                new ImagePair(Image(name, first, path), Image(name, second, path), true, fold),
            [string name, string i, string other, string j] when Number(i) is int first && Number(j) is int second =>
                name != other
                    ? new ImagePair(Image(name, first, path), Image(other, second, path), false, fold)
                    : throw new InvalidDataException(
                        $"'{path}': '{line}' is listed as a pair of two persons, but names '{name}' twice. Correct or remove the line."),
            _ => throw new InvalidDataException(
                $"'{path}': '{line}' is not a pair. A pair of one person is 'name i j', one of two 'name i other j', separated by tabs; i and j "
                + "are at least 1."),
        };
        return pair.First != pair.Second
            ? pair
            : throw new InvalidDataException(
                $"'{path}': '{line}' pairs an image with itself, which is at distance 0 whatever the network is. Correct or remove the line.");
    }

    /// <summary>Returns the path of an image, which stays below the folder of images whatever the list holds.</summary>
    private static string Image(string name, int number, string path)
    {
        bool isFolder = name.Length > 0 && name.Trim('.', ' ').Length > 0 && name.IndexOfAny(['/', '\\', ':']) < 0 && !name.Any(char.IsControl);
        return isFolder
            ? string.Create(CultureInfo.InvariantCulture, $"{name}/{name}_{number:D4}.jpg")
            : throw new InvalidDataException(
                $"'{path}': '{name}' is not the name of a folder of images. It must not be empty, '.' or '..', and must not hold '/', '\\', ':' or "
                + "control characters.");
    }

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0 ? number : null;

    /// <summary>Reads the lines that are not blank, in little memory even where a file has no line ends.</summary>
    private static IEnumerable<string> Lines(StreamReader reader, string path)
    {
        var line = new StringBuilder();
        while (true)
        {
            int next;
            try
            {
                next = reader.Read();
            }
            catch (DecoderFallbackException exception)
            {
                throw new InvalidDataException($"'{path}' is not text in UTF-8. Convert it, or name the list of pairs.", exception);
            }

            if (next is not (-1 or '\n' or '\r'))
            {
                _ = line.Length < LongestLine
                    ? line.Append((char)next)
                    : throw new InvalidDataException(
                        $"'{path}' is not a list of pairs in LFW's form: a line has more than {LongestLine} characters. Name the list of pairs.");
                continue;
            }

            string text = line.ToString();
            line.Clear();
            if (!string.IsNullOrWhiteSpace(text))
            {
                yield return text;
            }

            if (next == -1)
            {
                yield break;
            }
        }
    }
}
