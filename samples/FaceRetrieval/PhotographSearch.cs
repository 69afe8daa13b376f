namespace Siamese.Samples.FaceRetrieval;

/// <summary>The photographs of a folder.</summary>
/// <param name="Photographs">The photographs, in the order of their names.</param>
/// <param name="IsWhole">Whether all of the folder could be listed: only then are photographs that were not found known to be gone.</param>
internal sealed record PhotographSearch(IReadOnlyList<Photograph> Photographs, bool IsWhole);
