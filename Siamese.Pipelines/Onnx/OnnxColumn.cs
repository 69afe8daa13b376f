using Siamese.Pipelines.Images;

namespace Siamese.Pipelines.Onnx;

/// <summary>One end of a graph: a column of a view, and the tensor (N, shape) float32 that it is.</summary>
/// <param name="Name">The column.</param>
/// <param name="Tensor">The graph's name for it.</param>
/// <param name="Shape">The dimensions after the batch's.</param>
internal sealed record OnnxColumn(string Name, string Tensor, int[] Shape)
{
    /// <summary>Gets what is read of an image; null where the column holds vectors.</summary>
    public ImageInput? Image { get; init; }

    /// <summary>Gets how the image files are read; null where the column does not hold paths. <see cref="Image"/> says what is read of them.</summary>
    public ImagePaths? Paths { get; init; }

    /// <summary>Gets the picture whose pixels the column's vectors are; null where it holds images, or vectors that are not pictures.</summary>
    public ImageInput? Pixels { get; init; }

    public int Length { get; } = Shape.Aggregate(1, (product, size) => checked(product * size));
}
