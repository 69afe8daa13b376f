using TorchSharp;

namespace Siamese.Training.Reducers;

/// <summary>Makes one loss of the losses of a batch's triplets.</summary>
public abstract class LossReducer : RecipePart
{
    /// <summary>Reduces the losses of T triplets to one.</summary>
    /// <param name="losses">(T) float32, T ≥ 1.</param>
    /// <returns>() float32, with a gradient where <paramref name="losses"/> has one.</returns>
    public abstract torch.Tensor Reduce(torch.Tensor losses);
}
