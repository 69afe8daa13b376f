using TorchSharp;

namespace Siamese.Training.Distances;

/// <summary>The square of the Euclidean distance, ‖x − y‖². Smaller is nearer.</summary>
/// <remarks>
/// In [0, ∞), and in [0, 4] where the embeddings are unit vectors. It is the distance of FaceNet (Schroff et al., 2015). The matrix is
/// symmetric and its diagonal is 0, both exactly.
/// </remarks>
public sealed class SquaredEuclideanDistance : EmbeddingDistance
{
    /// <inheritdoc/>
    public override string Description => nameof(SquaredEuclideanDistance);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The embeddings are not a matrix.</exception>
    public override torch.Tensor Matrix(torch.Tensor embeddings)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return InnerProducts.SquaredDistances(embeddings).clamp_min(0).MoveToOuterDisposeScope();
    }
}
