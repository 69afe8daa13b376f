using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Siamese.Pipelines.Tests.Training.Export;

/// <summary>Gives networks weights and running statistics that no test passes by accident with.</summary>
internal static class SeededNetwork
{
    public static TModule Randomized<TModule>(this TModule network, int seed)
        where TModule : nn.Module<Tensor, Tensor>
    {
        using Generator generator = new((ulong)seed, CPU);
        using IDisposable noGradients = no_grad();
        foreach (Parameter parameter in network.parameters())
        {
            // The deeper a kernel, the smaller its weights: so activations stay near 1, and differences near float32's rounding.
            double scale = 1 / Math.Sqrt(Math.Max(1, parameter.numel() / Math.Max(1, parameter.shape[0])));
            using Tensor values = randn(parameter.shape, generator: generator).mul(scale);
            parameter.copy_(values);
        }

        foreach (BatchNorm normalization in network.modules().Append(network).OfType<BatchNorm>())
        {
            Fill(normalization.running_mean, -0.5, 0.5, generator);
            Fill(normalization.running_var, 0.5, 2, generator);
            Fill(normalization.weight, -1.5, 1.5, generator);
        }

        return network;
    }

    public static Tensor Rows(int seed, params long[] shape)
    {
        using Generator generator = new((ulong)seed, CPU);
        return randn(shape, generator: generator);
    }

    private static void Fill(Tensor? tensor, double from, double to, Generator generator)
    {
        if (tensor is not null)
        {
            using Tensor values = rand(tensor.shape, generator: generator).mul(to - from).add(from);
            tensor.copy_(values);
        }
    }
}
