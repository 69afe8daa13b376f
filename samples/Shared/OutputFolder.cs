using Siamese.Pipelines;

namespace Siamese.Samples.Shared;

/// <summary>The folder that a run writes its results to. One run has it at a time.</summary>
public sealed class OutputFolder : IDisposable
{
    private readonly OutputLock _lock;

    private OutputFolder(OutputLock held) => _lock = held;

    /// <summary>Finds out before minutes of work whether their results can be written, and keeps other runs out.</summary>
    /// <param name="folder">The folder, which is created where it is missing.</param>
    /// <param name="files">The files that will be written: names in the folder, or full paths.</param>
    /// <returns>The folder, to dispose when the run has ended.</returns>
    /// <exception cref="IOException">A file cannot be written, or another run writes to the folder.</exception>
    public static OutputFolder Open(string folder, params IEnumerable<string> files)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (string file in files)
            {
                AtomicFile.ThrowIfNotWritable(Path.Combine(folder, file));
            }

            return new OutputFolder(OutputLock.Take(folder));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Nothing can be written to '{folder}': {exception.Message} Name another folder with --output.", exception);
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="write">Writes its content.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, Action<Stream> write) => AtomicFile.Write(path, write);

    /// <summary>Writes a text, whole or not at all.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public static void Write(string path, string text) => AtomicFile.Write(path, text);

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();
}
