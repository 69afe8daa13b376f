using System.Collections.Immutable;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Images;

/// <summary>Tells which pictures a vector column holds. The dimensions of its type decide: 3 x 48 x 64 values are as many as 96 x 96.</summary>
internal static class PixelVectors
{
    private const string Interleaved =
        "Its last dimension is the channels, but a network takes the pixels channel by channel. Transpose them to (channels, height, width), or extract them with "
        + "ml.Transforms.ExtractPixels, which does so by default.";

    /// <summary>Gets the picture that the dimensions of a type stand for.</summary>
    /// <param name="type">A vector of known size.</param>
    /// <param name="input">The input: gray for (H, W), (H, W, 1), (1, H, W) and a flat vector of a square number, R, G, B for (3, H, W).</param>
    /// <returns>Null where the dimensions stand for one picture; otherwise what is wrong with them.</returns>
    public static string? Infer(VectorDataViewType type, out ImageInput? input)
    {
        ReadOnlySpan<int> sizes = WithoutBatch(type.Dimensions);
        input = sizes switch
        {
            [var length] when Math.Sqrt(length) is var side && side == Math.Floor(side) => Gray((int)side, (int)side),
            [> 1 and var height, > 1 and var width] => Gray(width, height),
            [1, var height, var width and not (1 or 3)] => Gray(width, height),
            [3, var height, var width and not (1 or 3)] => new ImageInput(width, height),
            [not (1 or 3) and var height, var width, 1] => Gray(width, height),
            _ => null,
        };
        return input is not null ? null : sizes switch
        {
            [var length] => $"A flat vector of {length} values is taken for a square of one channel, but {length} is not a square number.",
            [not (1 or 3), _, 3] => Interleaved,
            _ => "These dimensions do not tell channels, height and width: those of pictures are (height, width), (height, width, 1), (1, height, width) or (3, height, width).",
        };
    }

    /// <summary>Compares the dimensions of a type with a network's input.</summary>
    /// <returns>Null where they fit; otherwise what is wrong with them.</returns>
    public static string? Compare(VectorDataViewType type, ImageInput expected)
    {
        ReadOnlySpan<int> sizes = WithoutBatch(type.Dimensions);
        (int channels, int height, int width) = (expected.Channels, expected.Height, expected.Width);
        bool fits = sizes switch
        {
            [var length] => length == expected.Length,
            [var first, var last] => (first == 1 && last == expected.Length) || (channels == 1 && first == height && last == width),
            [var first, var middle, var last] =>
                (first == channels && middle == height && last == width) || (channels == 1 && first == height && middle == width && last == 1),
            _ => false,
        };
        return fits ? null
            : channels == 3 && sizes is [var h, var w, 3] && h == height && w == width ? Interleaved
            : $"The dimensions must be ({channels}, {height}, {width}): channels, height, width; or one of {expected.Length} values.";
    }

    private static ImageInput Gray(int width, int height) => new(width, height, ColorOrder.Grayscale);

    /// <summary>Leaves out the leading 1 of four dimensions, which is the batch of ML.NET's own ONNX step.</summary>
    private static ReadOnlySpan<int> WithoutBatch(ImmutableArray<int> sizes) => sizes is [1, _, _, _] ? sizes.AsSpan()[1..] : sizes.AsSpan();
}
