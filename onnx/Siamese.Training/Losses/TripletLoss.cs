using Siamese.Training.Miners;
using TorchSharp;

namespace Siamese.Training.Losses;

/// <summary>A loss over triplets, given the distances of all pairs of a batch.</summary>
public abstract class TripletLoss : RecipePart
{
    /// <summary>Computes the loss of one batch.</summary>
    /// <param name="distances">(B, B) float32, as <see cref="Distances.EmbeddingDistance.Matrix"/> gives it.</param>
    /// <param name="triplets">The triplets to learn from; none gives a loss of 0 whose gradient is 0.</param>
    /// <returns>() float32, with a gradient.</returns>
    public abstract torch.Tensor Forward(torch.Tensor distances, Triplets triplets);
}
