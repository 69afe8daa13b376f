using Siamese.Pipelines.Images;
using static TorchSharp.torch;

namespace Siamese.Training.Weights;

/// <summary>Makes the network of weights for a training run, which asks for it by what it is to see and to give.</summary>
internal sealed class Vgg16Module(Vgg16Weights weights, Vgg16Options options, int dimension)
{
    /// <summary>Makes the network; a run's description has this method's name.</summary>
    public nn.Module<Tensor, Tensor> Vgg16(ImageInput input, int wanted)
    {
        if (input.Width != weights.Side || input.Height != weights.Side || input.Channels != Vgg16Options.Channels)
        {
            throw new ArgumentException(
                $"The rows are of {input}, but the weights of VGG-16 take {weights.Side}x{weights.Side} in {Vgg16Options.Channels} channels. "
                + $"Keep the {nameof(TripletNetworkOptions.Input)} that {nameof(Vgg16Weights.ToTripletNetworkOptions)} gave.",
                nameof(input));
        }

        return wanted == dimension
            ? weights.ToNetwork(options)
            : throw new ArgumentException(
                $"The embedding shall have {wanted} components, but the descriptor {options.Descriptor} has {dimension}. "
                + $"Keep the {nameof(TripletNetworkOptions.Dimension)} that {nameof(Vgg16Weights.ToTripletNetworkOptions)} gave.",
                nameof(wanted));
    }
}
