using TorchSharp;

namespace Siamese.Training.Reducers;

/// <summary>The mean of all losses, those of 0 included.</summary>
/// <remarks>The more triplets a network has learned, the smaller its steps become. TensorFlow Addons' semi-hard loss reduces so.</remarks>
public sealed class MeanReducer : LossReducer
{
    /// <inheritdoc/>
    public override string Description => nameof(MeanReducer);

    /// <inheritdoc/>
    public override torch.Tensor Reduce(torch.Tensor losses) => losses.mean();
}
