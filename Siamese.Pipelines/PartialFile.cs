using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Siamese.Pipelines;

/// <summary>A file while it is written: under a temporary name beside its place, until it is whole.</summary>
/// <remarks>
/// The temporary name is short and does not depend on the file's own, which may be as long as the file system allows. It tells the
/// process, and the open file holds a lock until it is in place, so that what a killed process left behind is told from what another
/// process is writing, and removed by the next that writes into the folder.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    private const string Prefix = ".siamese-";
    private const string Extension = ".tmp";

    /// <summary>The temporary files of this process: between being created and being locked they look abandoned.</summary>
    private static readonly ConcurrentDictionary<string, bool> _open = new(StringComparer.Ordinal);

    private readonly string _path;
    private bool _isInPlace;

    /// <summary>Creates a temporary file.</summary>
    /// <param name="folder">The folder of the file to write; it is created where it is missing.</param>
    public PartialFile(string folder)
    {
        Directory.CreateDirectory(folder);
        RemoveAbandoned(folder);
        _path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Environment.ProcessId}-{Guid.NewGuid():N}")[..^16] + Extension);

        _open.TryAdd(Path.GetFileName(_path), true);
        try
        {
            // Sharing for deletion alone lets the file be moved while it is open, and keeps everybody else out.
            Stream = new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.Delete);
        }
        catch
        {
            _open.TryRemove(Path.GetFileName(_path), out _);
            throw;
        }
    }

    /// <summary>Gets the stream to write to.</summary>
    public FileStream Stream { get; }

    /// <summary>Moves the file to its place and closes it.</summary>
    public void MoveTo(string path)
    {
        // A file that was moved into place must be whole even after a loss of power.
        Stream.Flush(flushToDisk: true);

        // Moved before it is closed, since from then on it looks abandoned.
        File.Move(_path, path, overwrite: true);
        _isInPlace = true;
        _open.TryRemove(Path.GetFileName(_path), out _);
        Stream.Dispose();
    }

    /// <summary>Closes the file, and deletes it if it was not moved.</summary>
    public void Dispose()
    {
        if (_isInPlace)
        {
            return;
        }

        try
        {
            // Closing writes what is buffered, which fails again where the disk is full.
            Stream.Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The first error is the one to report.
        }

        TryDelete(_path);
        _open.TryRemove(Path.GetFileName(_path), out _);
    }

    /// <summary>Removes the temporary files of this library that nobody is writing any more.</summary>
    private static void RemoveAbandoned(string folder)
    {
        // Names that begin with a dot count as hidden, which is left out by default; links may lead anywhere.
        var every = new EnumerationOptions { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        foreach (string path in Directory.EnumerateFiles(folder, $"{Prefix}*{Extension}", every))
        {
            if (ProcessOf(Path.GetFileName(path)) is { } process && IsEnded(process, path))
            {
                TryDelete(path);
            }
        }
    }

    /// <summary>Gets the number of the process in a temporary file's name; null where it is not a name of ours.</summary>
    private static int? ProcessOf(string name)
    {
        string[] parts = name[Prefix.Length..^Extension.Length].Split('-');
        return parts is [var process, { Length: 16 } unique]
            && unique.All(char.IsAsciiHexDigitLower)
            && int.TryParse(process, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
    }

    /// <summary>
    /// Gets whether nobody writes a file any more. In a container every run often has the same number, so that ours alone means nothing.
    /// The lock protects what a process outside of this container writes.
    /// </summary>
    private static bool IsEnded(int process, string path) =>
        (process == Environment.ProcessId ? !_open.ContainsKey(Path.GetFileName(path)) : !IsRunning(process)) && !OutputLock.IsHeld(path);

    private static bool IsRunning(int process)
    {
        try
        {
            Process.GetProcessById(process).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process may be quicker, or the folder read-only; the file does no harm.
        }
    }
}
