using System.Security.Cryptography;
using System.Text;

namespace Siamese.Pipelines;

/// <summary>Keeps a second run from writing to the same file or folder, in this process or another.</summary>
/// <remarks>
/// It is a lock on an open file, which the system releases when the process ends, however it ends: a file that a killed process left
/// behind blocks nobody.
/// </remarks>
internal sealed class OutputLock : IDisposable
{
    private const int SharingViolation = 32;
    private const int WouldBlockOnLinux = 11;
    private const int WouldBlockOnMacOS = 35;

    private readonly FileStream _file;

    private OutputLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of an output.</summary>
    /// <param name="path">The file or folder that is written to.</param>
    /// <returns>The lock, until it is disposed.</returns>
    /// <exception cref="IOException">Another run holds it, or its folder cannot be written to.</exception>
    public static OutputLock Take(string path)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        full = Target(full) ?? full;
        string folder = Directory.Exists(full) ? full : Path.GetDirectoryName(full)!;

        // Of the name's hash, since a name as long as the file system allows cannot be made longer.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFileName(full))))[..16];
        try
        {
            Directory.CreateDirectory(folder);
            return new OutputLock(new FileStream(
                Path.Combine(folder, $".siamese-{hash}.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (IOException exception) when (IsHeldByAnother(exception))
        {
            throw new IOException(
                $"'{full}' is being written to by another run, in this process or another. Wait until it has ended, or write to another place.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{full}' cannot be written: {exception.Message} Name another place, or make the folder writable.", exception);
        }
    }

    /// <summary>Gets whether somebody has a file open who shares it with nobody; it is so, too, where that cannot be found out.</summary>
    public static bool IsHeld(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1).Dispose();
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <summary>Gets whether a file could not be opened because somebody else has it open.</summary>
    public static bool IsHeldByAnother(IOException exception) =>
        (exception.HResult & 0xFFFF) is SharingViolation or WouldBlockOnLinux or WouldBlockOnMacOS;

    public void Dispose() => _file.Dispose();

    /// <summary>Gets where a link leads, so that a file has one lock by all its names; null where the path is not that of a link.</summary>
    private static string? Target(string full)
    {
        try
        {
            FileSystemInfo? target = Directory.Exists(full)
                ? Directory.ResolveLinkTarget(full, returnFinalTarget: true)
                : File.ResolveLinkTarget(full, returnFinalTarget: true);
            return target?.FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is not there yet is not a link.
            return null;
        }
    }
}
