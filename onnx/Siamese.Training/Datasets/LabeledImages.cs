namespace Siamese.Training.Datasets;

/// <summary>Images of one size with their labels, as IDX files hold them.</summary>
/// <param name="Pixels">N × <paramref name="Height"/> × <paramref name="Width"/> bytes, image by image, row by row; 0 is black.</param>
/// <param name="Labels">N labels.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public sealed record LabeledImages(byte[] Pixels, byte[] Labels, int Width, int Height)
{
    /// <summary>Gets the number of images, N.</summary>
    public int Count => Labels.Length;

    /// <summary>Gets the pixels of one image.</summary>
    /// <param name="index">In [0, N).</param>
    /// <returns>Height × width bytes, row by row.</returns>
    public ReadOnlySpan<byte> Image(int index) => Pixels.AsSpan(index * Width * Height, Width * Height);
}
