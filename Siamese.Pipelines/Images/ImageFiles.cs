namespace Siamese.Pipelines.Images;

/// <summary>Finds the image files of a folder, to any depth: each real file once, whatever links, damaged names and closed folders lie among them.</summary>
/// <remarks>
/// <para>
/// A file is taken by the extension of its name, in upper or lower case: one of <see cref="Extensions"/>. Its content is not read. Hidden files and
/// folders are passed over, and so is what cannot be opened; nothing of it ends the search. <see cref="ImageFileSearch.Skipped"/> lists what was
/// passed over and why, and <see cref="ImageFileSearch.Summary"/> counts it in one line.
/// </para>
/// <para>
/// A file that lies in the folder counts where it lies, and not where a link to it stands. A link to a file or folder outside is followed, once for each
/// target: of several links to one target, the first by the depth of links and then by name counts. A link that leads back to a folder
/// that holds it, or to the folder that is searched, is passed over. Two hard links of one file are two files.
/// </para>
/// </remarks>
public static class ImageFiles
{
    /// <summary>Gets the extensions of the files that are taken, in lower case and with the leading dot: those of PNG, JPEG, BMP, GIF and WebP.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".bmp", ".dib", ".gif", ".webp"];

    /// <summary>Finds the image files of a folder and of the folders below it.</summary>
    /// <param name="folder">The folder, or a link to it.</param>
    /// <param name="cancellationToken">Stops the search between two folders.</param>
    /// <returns>The files, ordered by name, and what was passed over.</returns>
    /// <exception cref="ArgumentException"><paramref name="folder"/> is blank.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder itself may not be listed.</exception>
    /// <exception cref="IOException">The folder itself cannot be listed.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public static ImageFileSearch Find(string folder, CancellationToken cancellationToken = default)
    {
        Guard.NotBlank(folder, nameof(folder));
        string root = Path.GetFullPath(folder);
        return Directory.Exists(root)
            ? new ImageFileWalk(root, cancellationToken).Run()
            : throw new DirectoryNotFoundException($"There is no folder '{root}'. Name a folder that holds image files.");
    }

    /// <summary>Gets whether a file of this name is taken.</summary>
    internal static bool IsImage(string name) => Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase);
}
