namespace Siamese.Training.Datasets;

/// <summary>The images of one IDX file, without labels.</summary>
/// <param name="Pixels">
/// <paramref name="Count"/> × <paramref name="Height"/> × <paramref name="Width"/> bytes, image by image, row by row. MNIST's are
/// white (255) on black (0).
/// </param>
/// <param name="Count">The number of images.</param>
/// <param name="Width">Pixels across.</param>
/// <param name="Height">Pixels down.</param>
public sealed record IdxImages(byte[] Pixels, int Count, int Width, int Height);
