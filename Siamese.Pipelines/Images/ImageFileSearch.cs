using System.Globalization;

namespace Siamese.Pipelines.Images;

/// <summary>The image files of a folder, and what was passed over.</summary>
public sealed record ImageFileSearch
{
    private const int LongestExtension = 8;

    private const int MostExtensions = 8;

    /// <summary>Gets the full path of the searched folder.</summary>
    public required string Folder { get; init; }

    /// <summary>Gets the image files, ordered by <see cref="FoundImageFile.Name"/> by the characters' codes.</summary>
    public required IReadOnlyList<FoundImageFile> Files { get; init; }

    /// <summary>Gets the files and folders that were passed over, ordered by <see cref="SkippedFile.Name"/> by the characters' codes.</summary>
    public required IReadOnlyList<SkippedFile> Skipped { get; init; }

    /// <summary>Gets the numbers of what was passed over, by reason and extension, in one line.</summary>
    /// <value>An empty text where nothing was passed over.</value>
    public string Summary
    {
        get
        {
            string[] reasons = [.. Skipped.GroupBy(skipped => skipped.Reason).OrderBy(group => group.Key).Select(group => Count(group.Key, [.. group]))];
            return reasons.Length == 0 ? string.Empty : $"Passed over: {string.Join("; ", reasons)}.";
        }
    }

    private static string Count(SkipReason reason, SkippedFile[] files)
    {
        bool one = files.Length == 1;
        string count = files.Length.ToString("N0", CultureInfo.InvariantCulture);
        return reason switch
        {
            SkipReason.UnsupportedFormat => $"{count} of formats that are not decoded ({Extensions(files)})",
            SkipReason.NotAnImage => $"{count} {(one ? "file that is not an image" : "files that are not images")} ({Extensions(files)})",
            SkipReason.Hidden => $"{count} hidden",
            SkipReason.AlreadyFound => $"{count} {(one ? "link to a file or folder" : "links to files or folders")} found elsewhere",
            SkipReason.CircularLink => $"{count} {(one ? "link that leads" : "links that lead")} in a circle",
            SkipReason.BrokenLink => $"{count} broken {(one ? "link" : "links")}",
            SkipReason.UnreadableFolder => $"{count} {(one ? "folder" : "folders")} that cannot be listed",
            SkipReason.UnreadableName => $"{count} {(one ? "name" : "names")} that cannot be opened, since the encoding is not valid",
            _ => $"{count} {(one ? "pipe, socket or device" : "pipes, sockets or devices")}",
        };
    }

    private static string Extensions(SkippedFile[] files)
    {
        (string Extension, int Count)[] counts =
        [
            .. files.CountBy(file => ExtensionOf(file.Name))
                .OrderByDescending(pair => pair.Value)
                .ThenBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => (pair.Key, pair.Value)),
        ];
        string listed = string.Join(
            ", ", counts.Take(MostExtensions).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Count:N0} {pair.Extension}")));
        return counts.Length > MostExtensions ? $"{listed}, …" : listed;
    }

    // A name may hold anything, line breaks included; the summary is one line of plain text.
    private static string ExtensionOf(string name)
    {
        string extension = Path.GetExtension(name).ToLowerInvariant();
        return extension.Length is > 1 and <= LongestExtension && extension.AsSpan(1).IndexOfAnyExcept(Plain) < 0 ? extension : "without a common extension";
    }

    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-");
}
