namespace Siamese.Samples.GalleryServer;

/// <summary>An enrolled face.</summary>
/// <param name="Id">What tells it from all others.</param>
/// <param name="Name">Whose it is.</param>
/// <param name="Thumbnail">Where its small picture is; null where it has none.</param>
internal sealed record Person(string Id, string Name, string? Thumbnail);
