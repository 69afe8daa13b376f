namespace Siamese.Pipelines;

/// <summary>Writes files whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file under a temporary name, then moves it into place.</summary>
    /// <param name="path">The file; its folder is created where it is missing. A link is followed, so that its target is replaced.</param>
    /// <param name="write">Writes the content. What it throws leaves the old file as it was, and no partial file.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it and the reason.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        string full = Locate(path);
        try
        {
            using var partial = new PartialFile(Path.GetDirectoryName(full)!);
            write(partial.Stream);
            partial.MoveTo(full);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw new IOException($"'{full}' could not be written: {Sentence(exception)} Nothing was left under that name that was not there before.", exception);
        }
    }

    /// <summary>Writes a text as UTF-8, whole or not at all.</summary>
    public static void Write(string path, string text) => Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(text)));

    /// <summary>Checks, before long work, that its result can be written. The file itself is not touched.</summary>
    /// <exception cref="IOException">It cannot be written; the message names the file and the reason.</exception>
    public static void ThrowIfNotWritable(string path)
    {
        string full = Locate(path);
        try
        {
            using var partial = new PartialFile(Path.GetDirectoryName(full)!);
            partial.Stream.WriteByte(0);
            partial.Stream.Flush(flushToDisk: true);
            ThrowIfNameIsNotPossible(full);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            throw new IOException($"'{full}' cannot be written: {Sentence(exception)} Name another file, or make its folder writable.", exception);
        }
    }

    /// <summary>Gets the full path of the file that is written: the target where the path is that of a link.</summary>
    private static string Locate(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.GetFileName(full).Length == 0 || Directory.Exists(full))
        {
            throw new IOException($"'{full}' could not be written: it is a folder. Name a file.");
        }

        try
        {
            return File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            // The file or its folder may not exist yet. Anything else is reported by the attempt to write.
            return full;
        }
    }

    /// <summary>Opens a file that does not exist: the file system reports it as not found only where it accepts the name.</summary>
    private static void ThrowIfNameIsNotPossible(string full)
    {
        if (File.Exists(full))
        {
            return;
        }

        try
        {
            File.OpenHandle(full).Dispose();
        }
        catch (FileNotFoundException)
        {
            // The name is accepted.
        }
    }

    /// <summary>Ends an operating system's message with a period, which it may lack.</summary>
    private static string Sentence(Exception exception) => $"{exception.Message.TrimEnd('.')}.";

    private static bool IsOfFiles(Exception exception) => exception is UnauthorizedAccessException or IOException;
}
