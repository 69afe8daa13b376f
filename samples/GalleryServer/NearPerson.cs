namespace Siamese.Samples.GalleryServer;

/// <summary>A person whose face is near that of a photograph.</summary>
/// <param name="Id">The nearest of the person's faces.</param>
/// <param name="Name">The person.</param>
/// <param name="Distance">How far it is, at least 0. Smaller is nearer.</param>
/// <param name="Thumbnail">Where its small picture is; null where it has none.</param>
internal sealed record NearPerson(string Id, string Name, float Distance, string? Thumbnail);
