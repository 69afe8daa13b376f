using Siamese.Pipelines.Images;
using static TorchSharp.torch;

namespace Siamese.Training.Runs;

/// <summary>All that a run learns from, in memory.</summary>
/// <param name="Images">(N, C, H, W) pixels of [0, 255]: uint8 where all are whole numbers, float32 otherwise.</param>
/// <param name="Labels">N classes, numbered from 0.</param>
/// <param name="Classes">What each class is called, for messages.</param>
/// <param name="Input">What the network shall see.</param>
/// <param name="Fingerprint">A hash of pixels and labels.</param>
/// <param name="Resized">Whether an image had another size than <paramref name="Input"/>'s.</param>
internal sealed record TrainingRows(
    Tensor Images, int[] Labels, IReadOnlyList<string> Classes, ImageInput Input, string Fingerprint, bool Resized) : IDisposable
{
    public void Dispose() => Images.Dispose();
}
