namespace Siamese.Pipelines.Images;

/// <summary>A file, folder or link that <see cref="ImageFiles.Find"/> passed over.</summary>
public sealed record SkippedFile
{
    /// <summary>Gets the path below the searched folder, with <c>/</c> between its parts on every system.</summary>
    public required string Name { get; init; }

    /// <summary>Gets why it was passed over.</summary>
    public required SkipReason Reason { get; init; }
}
