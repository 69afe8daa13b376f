using Siamese.Samples.Shared;

namespace Siamese.Samples.FaceRetrieval;

/// <summary>A face as the detector's box cuts it out, and aligned.</summary>
internal sealed record FacePictures(Thumbnail Crop, Thumbnail Chip);
