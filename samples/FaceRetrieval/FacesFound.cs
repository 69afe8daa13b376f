namespace Siamese.Samples.FaceRetrieval;

/// <summary>What became of the photographs.</summary>
/// <param name="Images">How many files there are.</param>
/// <param name="Detected">In how many a face was found.</param>
/// <param name="Missed">The names of those without one.</param>
/// <param name="Unreadable">Those that could not be read, and why.</param>
internal sealed record FacesFound(int Images, int Detected, IReadOnlyList<string> Missed, IReadOnlyList<UnreadableFile> Unreadable)
{
    public static FacesFound Of(Indexing indexing, int images) =>
        new(images, images - indexing.Missed.Count - indexing.Unreadable.Count, indexing.Missed, indexing.Unreadable);
}
