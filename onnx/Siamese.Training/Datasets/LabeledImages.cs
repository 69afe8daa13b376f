using Siamese.Pipelines;

namespace Siamese.Training.Datasets;

/// <summary>Images of one size with their labels, as IDX files hold them.</summary>
/// <param name="Pixels">N × <paramref name="Height"/> × <paramref name="Width"/> bytes, image by image, row by row; 0 is black.</param>
/// <param name="Labels">N labels.</param>
/// <param name="Width">Pixels across, at least 1.</param>
/// <param name="Height">Pixels down, at least 1.</param>
/// <exception cref="ArgumentNullException">The pixels or the labels are null.</exception>
/// <exception cref="ArgumentOutOfRangeException">A size is less than 1.</exception>
/// <exception cref="ArgumentException">There are not N × height × width pixels.</exception>
public sealed record LabeledImages(byte[] Pixels, byte[] Labels, int Width, int Height)
{
    /// <summary>Gets the pixels of all images.</summary>
    /// <value>N × height × width bytes, image by image, row by row; 0 is black.</value>
    public byte[] Pixels { get; } = Whole(Pixels, Labels, Width, Height);

    /// <summary>Gets the label of each image.</summary>
    /// <value>N labels, in the order of the images.</value>
    public byte[] Labels { get; } = Labels;

    /// <summary>Gets the pixels across.</summary>
    public int Width { get; } = Width;

    /// <summary>Gets the pixels down.</summary>
    public int Height { get; } = Height;

    /// <summary>Gets the number of images, N.</summary>
    public int Count => Labels.Length;

    /// <summary>Gets the pixels of one image.</summary>
    /// <param name="index">In [0, N).</param>
    /// <returns>Height × width bytes, row by row.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such image.</exception>
    public ReadOnlySpan<byte> Image(int index)
    {
        Guard.InRange(index, 0, Count - 1, nameof(index));
        return Pixels.AsSpan(index * Width * Height, Width * Height);
    }

    private static byte[] Whole(byte[] pixels, byte[] labels, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(pixels, nameof(Pixels));
        ArgumentNullException.ThrowIfNull(labels, nameof(Labels));
        Guard.AtLeast(width, 1, nameof(Width));
        Guard.AtLeast(height, 1, nameof(Height));
        Int128 needed = (Int128)labels.Length * width * height;
        return pixels.LongLength == needed
            ? pixels
            : throw new ArgumentException(
                $"{nameof(Pixels)} has {pixels.Length} bytes, but {labels.Length} labels of {width}x{height} images need {needed}.", nameof(Pixels));
    }
}
