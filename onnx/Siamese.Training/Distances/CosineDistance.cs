using TorchSharp;

namespace Siamese.Training.Distances;

/// <summary>The cosine distance, 1 − x·y / (‖x‖ ‖y‖). Smaller is nearer.</summary>
/// <remarks>
/// In [0, 2]: 0 in the same direction, 1 at right angles, 2 opposed. A zero vector is at distance 1 from every vector, itself included.
/// It is half the squared Euclidean distance of the vectors scaled to length 1. The matrix is symmetric exactly; the diagonal is 0 but
/// for rounding.
/// </remarks>
public sealed class CosineDistance : EmbeddingDistance
{
    /// <inheritdoc/>
    public override string Description => nameof(CosineDistance);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The embeddings are not a matrix.</exception>
    public override torch.Tensor Matrix(torch.Tensor embeddings)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        InnerProducts.CheckIsMatrix(embeddings);
        torch.Tensor cosines = InnerProducts.Of(torch.nn.functional.normalize(embeddings, p: 2, dim: 1));
        return (1 - ((cosines + cosines.t()) / 2)).clamp(0, 2).MoveToOuterDisposeScope();
    }
}
