using System.Runtime.InteropServices;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Images;
using Siamese.Training.Distances;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Weights;

public sealed partial class Vgg16Weights
{
    // That of the paper's training.
    private const double DropoutShare = 0.5;

    private const double FineTuningRate = 1e-5;

    /// <summary>Makes a network of TorchSharp of the weights, to be trained on, such as on faces of one's own.</summary>
    /// <param name="options">
    /// The descriptor. The mean is no part of the network: give it rows from which it was taken, and export with it as
    /// <see cref="Export.OnnxExportOptions.InputMean"/>.
    /// </param>
    /// <returns>
    /// (B, 3, side, side) float32 in B, G, R to (B, D), with dropout behind fc6 and fc7 while it is trained. Exported with the mean, it is
    /// the graph that <see cref="Export"/> writes.
    /// </returns>
    /// <exception cref="InvalidOperationException">The descriptor needs dense layers, and the file has none.</exception>
    /// <exception cref="InvalidDataException">The weights cannot be read, or one is not finite.</exception>
    public Sequential ToNetwork(Vgg16Options options)
    {
        List<Vgg16Layer> layers = LayersFor(options);
        List<(string, nn.Module<Tensor, Tensor>)> modules = [];
        bool isFlat = false;
        foreach (Vgg16Layer layer in layers)
        {
            if (layer.IsDense && !isFlat)
            {
                modules.Add(("flatten", nn.Flatten()));
                isFlat = true;
            }

            modules.Add((layer.Name, Module(layer)));
            if (HasRelu(layer))
            {
                modules.Add((ReluOf(layer), nn.ReLU()));
            }

            if (EndsBlock(layer.Name) is int block)
            {
                modules.Add(($"pool{block}", nn.MaxPool2d(2)));
            }
            else if (layer.IsDense && layer != layers[^1])
            {
                modules.Add(($"dropout{layer.Name[^1]}", nn.Dropout(DropoutShare)));
            }
        }

        if (options.Descriptor == Vgg16Descriptor.AveragePool)
        {
            modules.Add(("average", nn.AdaptiveAvgPool2d(1)));
            modules.Add(("flatten", nn.Flatten()));
        }

        return nn.Sequential([.. modules]);
    }

    /// <summary>Says how the network is trained on by triplets, such as on aligned faces of one's own: its weights are where the run begins.</summary>
    /// <param name="options">The descriptor, the mean and what the file is to say, such as <see cref="Vgg16Options.VggFace"/>.</param>
    /// <returns>
    /// Options for <c>ml.MetricLearning.TripletNetwork</c>, to be changed with <c>with</c>; all but <see cref="TripletNetworkOptions.Input"/>,
    /// <see cref="TripletNetworkOptions.Dimension"/> and <see cref="TripletNetworkOptions.Network"/> may be. Embeddings are normalised to
    /// length 1, as the paper does. The weights are read when the run begins: dispose them after it.
    /// </returns>
    /// <remarks>
    /// The learning rate is a two-hundredth of the one for a network that begins anew, so that what the network knows is kept. A run holds
    /// weights, gradients, the optimiser's two moments, the average and the best epoch: of the full-size VGG-Face, 0.55 GB each.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The descriptor needs dense layers, and the file has none.</exception>
    public TripletNetworkOptions ToTripletNetworkOptions(Vgg16Options options)
    {
        int dimension = LayersFor(options)[^1].Outputs;
        var metadata = new Dictionary<string, string>();
        if (options.FaceNetwork is { } faces)
        {
            metadata.Add(EmbeddingMetadata.FaceNetwork, faces.Name);
        }

        return new TripletNetworkOptions
        {
            Input = new ImageInput(Side, Side, ColorOrder.Bgr) { Mean = options.Mean },
            Dimension = dimension,
            Network = new Vgg16Module(this, options, dimension).Vgg16,
            Distance = options.Distance == DistanceMetric.Cosine ? new CosineDistance() : new EuclideanDistance(),
            LearningRate = FineTuningRate,
            Metadata = metadata,
        };
    }

    private nn.Module<Tensor, Tensor> Module(Vgg16Layer layer)
    {
        (byte[] bytes, float[] bias) = Read(layer);
        float[] kernel = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable noGradients = no_grad();
        if (layer.IsDense)
        {
            Linear dense = nn.Linear(layer.Side * layer.Side * layer.Inputs, layer.Outputs);
            dense.weight.copy_(tensor(kernel).reshape(dense.weight.shape));
            dense.bias!.copy_(tensor(bias));
            return dense;
        }

        Conv2d convolution = nn.Conv2d(layer.Inputs, layer.Outputs, layer.Side, padding: 1);
        convolution.weight.copy_(tensor(kernel).reshape(convolution.weight.shape));
        convolution.bias!.copy_(tensor(bias));
        return convolution;
    }
}
