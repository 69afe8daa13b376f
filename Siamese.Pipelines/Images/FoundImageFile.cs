namespace Siamese.Pipelines.Images;

/// <summary>An image file that <see cref="ImageFiles.Find"/> found.</summary>
public sealed record FoundImageFile
{
    /// <summary>Gets the full path.</summary>
    public required string Path { get; init; }

    /// <summary>Gets the path below the searched folder, with <c>/</c> between its parts on every system.</summary>
    public required string Name { get; init; }
}
