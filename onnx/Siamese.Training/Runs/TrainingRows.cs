using Siamese.Pipelines.Images;

namespace Siamese.Training.Runs;

/// <summary>All that a run learns from, in memory.</summary>
/// <param name="Pixels">The pixels of N images.</param>
/// <param name="Labels">N classes, numbered from 0.</param>
/// <param name="Classes">What each class is called, for messages.</param>
/// <param name="Input">What the network shall see.</param>
/// <param name="Fingerprint">A hash of pixels and labels.</param>
/// <param name="Resized">Whether an image had another size than <paramref name="Input"/>'s.</param>
internal sealed record TrainingRows(
    PixelStore Pixels, int[] Labels, IReadOnlyList<string> Classes, ImageInput Input, string Fingerprint, bool Resized);
