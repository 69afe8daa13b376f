namespace Siamese.Samples.Drawing;

/// <summary>A small image and what stands beneath it.</summary>
/// <param name="Width">W.</param>
/// <param name="Height">H.</param>
/// <param name="Channels">C: 1 for grey or 3 for red, green, blue.</param>
/// <param name="Pixels">(H, W, C) bytes.</param>
/// <param name="Caption">Lines.</param>
public sealed record ThumbnailPicture(int Width, int Height, int Channels, byte[] Pixels, IReadOnlyList<string> Caption);
