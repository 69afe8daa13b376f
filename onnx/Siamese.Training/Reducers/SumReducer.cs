using TorchSharp;

namespace Siamese.Training.Reducers;

/// <summary>The sum of all losses, which grows with the number of triplets.</summary>
public sealed class SumReducer : LossReducer
{
    /// <inheritdoc/>
    public override string Description => nameof(SumReducer);

    /// <inheritdoc/>
    public override torch.Tensor Reduce(torch.Tensor losses) => losses.sum();
}
