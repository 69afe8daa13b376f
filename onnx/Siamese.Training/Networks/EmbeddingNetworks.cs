using Siamese.Pipelines;
using Siamese.Pipelines.Images;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Networks;

/// <summary>Networks to begin with. Each takes images (B, C, H, W) and gives embeddings (B, D), both float32.</summary>
/// <remarks>
/// The layers have names, which are those of their weights in a state dictionary and in an exported file. Weights are drawn from torch's
/// generator: seed it with <c>torch.manual_seed</c> before. The embeddings are not normalised.
/// </remarks>
public static class EmbeddingNetworks
{
    private const int KernelSize = 3;

    /// <summary>Gets whether a function is one of this library's, which make a new network each time.</summary>
    internal static bool IsOurs(Delegate network) => network.Method.Module == typeof(EmbeddingNetworks).Module;

    /// <summary>Makes a network of two convolutions and two dense layers, without any normalisation.</summary>
    /// <param name="input">The images, whose width and height are at least 6.</param>
    /// <param name="dimension">D, the number of components of an embedding, at least 1.</param>
    /// <returns>
    /// Conv 32 of 3x3, ReLU, conv 32 of 3x3, ReLU, max pool 2, dropout 0.25, flatten, dense 128, ReLU, dropout 0.5, dense D.
    /// </returns>
    /// <exception cref="ArgumentException">The images are too small.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static Sequential Plain(ImageInput input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        Guard.AtLeast(dimension, 1, nameof(dimension));
        int features = 32 * PlaneAfter(input, size => Pooled(Unpadded(Unpadded(size))));
        return nn.Sequential(
            ("conv1", nn.Conv2d(input.Channels, 32, KernelSize)),
            ("relu1", nn.ReLU()),
            ("conv2", nn.Conv2d(32, 32, KernelSize)),
            ("relu2", nn.ReLU()),
            ("pool", nn.MaxPool2d(2)),
            ("dropout1", nn.Dropout(0.25)),
            ("flatten", nn.Flatten()),
            ("dense1", nn.Linear(features, 128)),
            ("relu3", nn.ReLU()),
            ("dropout2", nn.Dropout(0.5)),
            ("dense2", nn.Linear(128, dimension)));
    }

    /// <summary>Makes a residual network for small pictures, such as 28x28 or 64x64: the one to begin with.</summary>
    /// <param name="input">The images.</param>
    /// <param name="dimension">D, the number of components of an embedding, at least 1.</param>
    /// <returns>
    /// Conv 32 of 5x5 of stride 2, a residual block, conv 64 of 3x3 of stride 2, a residual block, flatten, dense 128, dense D. A block is
    /// two convolutions of 3x3 that keep size and channels, added to their input. Every layer but the last is followed by a batch
    /// normalisation, which makes its bias superfluous. Of the networks tried on held-out digits it was the best for its cost.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static Sequential SmallResidual(ImageInput input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        Guard.AtLeast(dimension, 1, nameof(dimension));
        int features = 64 * PlaneAfter(input, size => Halved(Halved(size)));
        return nn.Sequential(
            ("conv1", nn.Conv2d(input.Channels, 32, 5, stride: 2, padding: 2, bias: false)),
            ("bn1", nn.BatchNorm2d(32)),
            ("relu1", nn.ReLU()),
            ("block1", Block(32)),
            ("conv2", nn.Conv2d(32, 64, KernelSize, stride: 2, padding: 1, bias: false)),
            ("bn2", nn.BatchNorm2d(64)),
            ("relu2", nn.ReLU()),
            ("block2", Block(64)),
            ("flatten", nn.Flatten()),
            ("dense1", nn.Linear(features, 128, hasBias: false)),
            ("bn3", nn.BatchNorm1d(128)),
            ("relu3", nn.ReLU()),
            ("dense2", nn.Linear(128, dimension)));
    }

    /// <summary>Makes a network of four convolutions and two dense layers, normalised batch by batch.</summary>
    /// <param name="input">The images, whose width and height are at least 14.</param>
    /// <param name="dimension">D, the number of components of an embedding, at least 1.</param>
    /// <returns>
    /// Conv 32 of 3x3, max pool 2, conv 64 and conv 64 of 3x3 that keep the size, max pool 2, conv 128 of 3x3, flatten, dense 128,
    /// dense D; after each layer but the last a batch normalisation (Ioffe and Szegedy, 2015), which makes its bias superfluous,
    /// and a ReLU.
    /// </returns>
    /// <exception cref="ArgumentException">The images are too small.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static Sequential BatchNormalized(ImageInput input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        Guard.AtLeast(dimension, 1, nameof(dimension));
        int features = 128 * PlaneAfter(input, size => Unpadded(Pooled(Pooled(Unpadded(size)))));
        return nn.Sequential(
            ("conv1", nn.Conv2d(input.Channels, 32, KernelSize, bias: false)),
            ("bn1", nn.BatchNorm2d(32)),
            ("relu1", nn.ReLU()),
            ("pool1", nn.MaxPool2d(2)),
            ("conv2", nn.Conv2d(32, 64, KernelSize, padding: 1, bias: false)),
            ("bn2", nn.BatchNorm2d(64)),
            ("relu2", nn.ReLU()),
            ("conv3", nn.Conv2d(64, 64, KernelSize, padding: 1, bias: false)),
            ("bn3", nn.BatchNorm2d(64)),
            ("relu3", nn.ReLU()),
            ("pool2", nn.MaxPool2d(2)),
            ("conv4", nn.Conv2d(64, 128, KernelSize, bias: false)),
            ("bn4", nn.BatchNorm2d(128)),
            ("relu4", nn.ReLU()),
            ("flatten", nn.Flatten()),
            ("dense1", nn.Linear(features, 128, hasBias: false)),
            ("bn5", nn.BatchNorm1d(128)),
            ("relu5", nn.ReLU()),
            ("dense2", nn.Linear(128, dimension)));
    }

    /// <summary>Makes a small residual network, for images of any size: its cost grows with them, its number of weights does not.</summary>
    /// <param name="input">The images.</param>
    /// <param name="dimension">D, the number of components of an embedding, at least 1.</param>
    /// <returns>
    /// Conv 32 of 3x3 that keeps the size; three residual stages of 64, 128 and 256 channels, each of two convolutions of 3x3 and half
    /// as wide and high as what it takes; the mean of each channel; dense D. Every convolution is followed by a batch normalisation.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static Sequential Residual(ImageInput input, int dimension)
    {
        ArgumentNullException.ThrowIfNull(input);
        Guard.AtLeast(dimension, 1, nameof(dimension));
        return nn.Sequential(
            ("conv1", nn.Conv2d(input.Channels, 32, KernelSize, padding: 1, bias: false)),
            ("bn1", nn.BatchNorm2d(32)),
            ("relu1", nn.ReLU()),
            ("stage1", HalvingStage(32, 64)),
            ("stage2", HalvingStage(64, 128)),
            ("stage3", HalvingStage(128, 256)),
            ("pool", nn.AdaptiveAvgPool2d(1)),
            ("flatten", nn.Flatten()),
            ("dense", nn.Linear(256, dimension)));
    }

    private static Residual HalvingStage(int channels, int outputChannels) => new(
        body: nn.Sequential(
            ("conv1", nn.Conv2d(channels, outputChannels, KernelSize, stride: 2, padding: 1, bias: false)),
            ("bn1", nn.BatchNorm2d(outputChannels)),
            ("relu1", nn.ReLU()),
            ("conv2", nn.Conv2d(outputChannels, outputChannels, KernelSize, padding: 1, bias: false)),
            ("bn2", nn.BatchNorm2d(outputChannels))),
        shortcut: nn.Sequential(
            ("conv", nn.Conv2d(channels, outputChannels, 1, stride: 2, bias: false)),
            ("bn", nn.BatchNorm2d(outputChannels))),
        activation: nn.ReLU());

    private static Residual Block(int channels) => new(
        body: nn.Sequential(
            ("conv1", nn.Conv2d(channels, channels, KernelSize, padding: 1, bias: false)),
            ("bn1", nn.BatchNorm2d(channels)),
            ("relu1", nn.ReLU()),
            ("conv2", nn.Conv2d(channels, channels, KernelSize, padding: 1, bias: false)),
            ("bn2", nn.BatchNorm2d(channels))),
        activation: nn.ReLU());

    private static int Halved(int size) => (size + 1) / 2;

    private static int Unpadded(int size) => size - KernelSize + 1;

    private static int Pooled(int size) => size / 2;

    /// <summary>Counts the values of one channel behind layers that treat width and height alike.</summary>
    private static int PlaneAfter(ImageInput input, Func<int, int> layers)
    {
        int width = layers(input.Width);
        int height = layers(input.Height);
        if (width < 1 || height < 1)
        {
            int smallest = Enumerable.Range(1, int.MaxValue - 1).First(size => layers(size) >= 1);
            throw new ArgumentException(
                $"Images of {input.Width}x{input.Height} pixels are too small for this network, which needs {smallest}x{smallest} at least. "
                + $"Give it larger images, or use {nameof(EmbeddingNetworks)}.{nameof(Residual)}, which takes any size.",
                nameof(input));
        }

        return width * height;
    }
}
