namespace Siamese.Pipelines.Tests;

/// <summary>A row of a test that names an image file.</summary>
internal sealed class PathRow
{
    public string Path { get; set; } = string.Empty;

    public string Label { get; set; } = string.Empty;
}
