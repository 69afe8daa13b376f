namespace Siamese.Pipelines.Retrieval;

/// <summary>An item that searched the items of other labels as a stranger.</summary>
/// <param name="Stranger">The item.</param>
/// <param name="Nearest">The nearest item of another label.</param>
/// <param name="Chord">The Euclidean distance of the two, also where the gallery's distance is the cosine.</param>
/// <param name="Distance">Their distance in the gallery's metric.</param>
internal readonly record struct StrangerTry(GalleryEntry Stranger, GalleryEntry Nearest, float Chord, float Distance);
