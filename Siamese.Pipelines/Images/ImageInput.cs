using System.Collections.Immutable;

namespace Siamese.Pipelines.Images;

/// <summary>What an embedding network expects to see: (B, C, H, W) float32, each value (pixel − mean) × scale of a pixel in [0, 255].</summary>
/// <remarks>Two of them are equal when all their values are.</remarks>
public sealed record ImageInput
{
    /// <summary>Initializes the input of a network by its size.</summary>
    /// <param name="width">Pixels across, at least 1.</param>
    /// <param name="height">Pixels down, at least 1.</param>
    /// <param name="colorOrder">The channels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is less than 1, or the image has more values than an array can hold.</exception>
    public ImageInput(int width, int height, ColorOrder colorOrder = ColorOrder.Rgb)
    {
        Width = Guard.AtLeast(width, 1, nameof(width));
        Height = Guard.AtLeast(height, 1, nameof(height));
        ColorOrder = Enum.IsDefined(colorOrder)
            ? colorOrder
            : throw new ArgumentOutOfRangeException(nameof(colorOrder), colorOrder, $"{colorOrder} is not a color order.");
        if ((long)Width * Height * Channels > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(height), height, $"An image of {width}x{height} {colorOrder} has {(long)Width * Height * Channels:N0} values, but may have at most {Array.MaxLength:N0}.");
        }
    }

    /// <summary>Gets the pixels across.</summary>
    public int Width { get; }

    /// <summary>Gets the pixels down.</summary>
    public int Height { get; }

    /// <summary>Gets the channels and their order.</summary>
    public ColorOrder ColorOrder { get; }

    /// <summary>Gets what is taken from each pixel before it is scaled: one value for all channels, or one for each in <see cref="ColorOrder"/>.</summary>
    /// <value>In the pixels' own unit, [0, 255]. The default is 0.</value>
    /// <exception cref="ArgumentException">There is neither one value nor one for each channel, or one is not finite.</exception>
    public ImmutableArray<float> Mean { get; init => field = PerChannel(value, nameof(Mean)); } = [0f];

    /// <summary>Gets the factor of each pixel after the mean was taken: one value for all channels, or one for each.</summary>
    /// <value>The default is 1: the network takes pixels of [0, 255] as they are.</value>
    /// <exception cref="ArgumentException">There is neither one value nor one for each channel, or one is zero or not finite.</exception>
    public ImmutableArray<float> Scale { get; init => field = NonZero(PerChannel(value, nameof(Scale)), nameof(Scale)); } = [1f];

    /// <summary>Gets the number of channels: 1 or 3.</summary>
    public int Channels => ColorOrder == ColorOrder.Grayscale ? 1 : 3;

    /// <summary>Gets the number of values of one image: channels × height × width.</summary>
    public int Length => Channels * Height * Width;

    /// <inheritdoc/>
    public bool Equals(ImageInput? other) =>
        other is not null && Width == other.Width && Height == other.Height && ColorOrder == other.ColorOrder
        && Mean.SequenceEqual(other.Mean) && Scale.SequenceEqual(other.Scale);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Width, Height, ColorOrder, Mean[0], Scale[0]);

    /// <summary>Says the input as a network's documentation would: <c>28x28 Grayscale</c>.</summary>
    /// <returns>Width, height and channels.</returns>
    public override string ToString() => $"{Width}x{Height} {ColorOrder}";

    private ImmutableArray<float> PerChannel(ImmutableArray<float> values, string name)
    {
        if (values.IsDefault || (values.Length != 1 && values.Length != Channels))
        {
            throw new ArgumentException(
                $"{name} has {(values.IsDefault ? 0 : values.Length)} values, but a {ColorOrder} input takes 1 or {Channels}.", name);
        }

        return values.All(float.IsFinite) ? values : throw new ArgumentException($"{name} holds a value that is not finite.", name);
    }

    private static ImmutableArray<float> NonZero(ImmutableArray<float> values, string name) =>
        values.Contains(0f) ? throw new ArgumentException($"{name} holds 0, which would erase the image.", name) : values;
}
