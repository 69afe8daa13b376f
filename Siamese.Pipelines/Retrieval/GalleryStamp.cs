namespace Siamese.Pipelines.Retrieval;

/// <summary>How far a gallery's file has come.</summary>
/// <param name="Version">Rises with every change.</param>
/// <param name="Checksum">The header's checksum, by which two files of one version differ.</param>
internal readonly record struct GalleryStamp(long Version, long Checksum)
{
    public static GalleryStamp Of(GalleryHeader header) => new(header.Version, GalleryChecksum.Of(header));
}
