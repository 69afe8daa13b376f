namespace Siamese.Samples.GalleryServer;

/// <summary>Marks the routes that ask for a key, for their description.</summary>
internal sealed class KeyRequired;
