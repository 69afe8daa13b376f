namespace Siamese.Samples.GalleryServer;

/// <summary>Some of the enrolled faces.</summary>
/// <param name="Count">How many faces the gallery holds.</param>
/// <param name="People">Those of the page.</param>
internal sealed record PeoplePage(long Count, IReadOnlyList<Person> People);
