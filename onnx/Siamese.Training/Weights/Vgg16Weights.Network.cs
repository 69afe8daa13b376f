using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Training.Weights;

public sealed partial class Vgg16Weights
{
    // That of the paper's training.
    private const double DropoutShare = 0.5;

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
