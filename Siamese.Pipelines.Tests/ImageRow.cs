using Microsoft.ML.Data;

namespace Siamese.Pipelines.Tests;

/// <summary>A row of a test: the pixels of a 4x4 image, and columns that a transformer passes by.</summary>
internal sealed class ImageRow
{
    [VectorType(16)]
    public float[] Pixels { get; set; } = [];

    public string Name { get; set; } = string.Empty;

    public int Label { get; set; }
}
