using System.Security.Cryptography;
using System.Text;

namespace Siamese.Pipelines;

/// <summary>Keeps a second run from writing to the same file or folder, in this process or another.</summary>
/// <remarks>
/// The lock is on an open file. The operating system releases it when the process ends, even if it is killed, so that a lock file that is
/// left behind does not block later runs.
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

        // The name is hashed, since it may be as long as the file system allows.
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

    /// <summary>Gets whether a file is open elsewhere, or cannot be opened exclusively for another reason.</summary>
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

    /// <summary>Gets whether a file could not be opened because it is open elsewhere.</summary>
    public static bool IsHeldByAnother(IOException exception) =>
        (exception.HResult & 0xFFFF) is SharingViolation or WouldBlockOnLinux or WouldBlockOnMacOS;

    public void Dispose() => _file.Dispose();

    /// <summary>Gets the target of a link, so that a file has one lock under all its names; null if the path is not a link.</summary>
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
            // It does not exist yet.
            return null;
        }
    }
}
