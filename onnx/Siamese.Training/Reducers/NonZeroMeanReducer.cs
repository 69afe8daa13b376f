using TorchSharp;

namespace Siamese.Training.Reducers;

/// <summary>The mean of the losses that are greater than 0; 0 where there are none.</summary>
/// <remarks>
/// Triplets that are learned already do not water down the others (Hermans et al., In Defense of the Triplet Loss for Person
/// Re-Identification, 2017, who found it better for all triplets of a batch). A loss that is NaN makes the result NaN.
/// </remarks>
public sealed class NonZeroMeanReducer : LossReducer
{
    /// <inheritdoc/>
    public override string Description => nameof(NonZeroMeanReducer);

    /// <inheritdoc/>
    public override torch.Tensor Reduce(torch.Tensor losses)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor isNonZero = losses > 0;
        return ((losses * isNonZero).sum() / isNonZero.sum().clamp_min(1)).MoveToOuterDisposeScope();
    }
}
