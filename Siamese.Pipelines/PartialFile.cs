using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace Siamese.Pipelines;

/// <summary>A file while it is being written, under a temporary name in the folder of the final file.</summary>
/// <remarks>
/// The temporary name is short and independent of the file's own, which may be as long as the file system allows. It contains the number
/// of the process, and the open file holds a lock until it is in place. Files of killed processes are recognized by both, and removed by
/// the next write into the folder.
/// </remarks>
internal sealed class PartialFile : IDisposable
{
    private const string Prefix = ".siamese-";
    private const string Extension = ".tmp";

    /// <summary>The temporary files of this process: for a moment after their creation they are not locked yet.</summary>
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
            // The first error is reported.
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

    /// <summary>Gets the process number in a temporary file's name; null if the name does not have the form of this class.</summary>
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
    /// Gets whether the process that wrote a file has ended. In containers, runs often have the same number one after another, so the own
    /// number alone does not prove that this process writes it. The lock protects files of processes outside this container.
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
            // Another process may have deleted it, or the folder is read-only; the file does no harm.
        }
    }
}
