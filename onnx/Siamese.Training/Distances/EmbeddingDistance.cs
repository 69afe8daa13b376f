using TorchSharp;

namespace Siamese.Training.Distances;

/// <summary>A distance between embeddings that gradients flow through. Smaller is nearer.</summary>
public abstract class EmbeddingDistance : RecipePart
{
    /// <summary>Computes the distances of all pairs of rows.</summary>
    /// <param name="embeddings">(B, D) float32.</param>
    /// <returns>(B, B) float32; row i, column j is the distance of row i from row j. The caller disposes it.</returns>
    public abstract torch.Tensor Matrix(torch.Tensor embeddings);
}
