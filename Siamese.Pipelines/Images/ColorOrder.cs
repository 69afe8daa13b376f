namespace Siamese.Pipelines.Images;

/// <summary>The channels of a network's input, in their order.</summary>
public enum ColorOrder
{
    /// <summary>Three channels: red, green, blue.</summary>
    Rgb,

    /// <summary>Three channels: blue, green, red, as networks from Caffe and OpenCV take them.</summary>
    Bgr,

    /// <summary>One channel: luma by ITU-R 601-2, (19595 R + 38470 G + 7471 B + 32768) / 65536, as Pillow's mode "L".</summary>
    Grayscale,
}
