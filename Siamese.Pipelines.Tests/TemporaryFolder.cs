using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests;

/// <summary>A folder of a test's own, gone when the test ends.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("siamese-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Place(name);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <summary>Writes an image of random opaque pixels, and gives its path.</summary>
    public string Image(string name, int width, int height, Random random)
    {
        var pixels = new byte[width * height * 4];
        random.NextBytes(pixels);
        for (int i = 3; i < pixels.Length; i += 4)
        {
            pixels[i] = 255;
        }

        string path = Place(name);
        using MLImage image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
        image.Save(path);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private string Place(string name)
    {
        string path = File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        return path;
    }
}
