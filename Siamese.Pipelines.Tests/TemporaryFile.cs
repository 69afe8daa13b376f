namespace Siamese.Pipelines.Tests;

/// <summary>The name of a file that is deleted after the test.</summary>
internal sealed class TemporaryFile(string extension) : IDisposable
{
    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"siamese-test-{Guid.NewGuid():N}{extension}");

    public void Dispose() => File.Delete(Path);
}
