using TorchSharp;

namespace Siamese.Training.Distances;

/// <summary>The Euclidean distance ‖x − y‖. Smaller is nearer.</summary>
/// <remarks>
/// In [0, ∞), and in [0, 2] where the embeddings are unit vectors. The matrix is symmetric and its diagonal is 0, both exactly. It is
/// computed as √(x·x + y·y − 2 x·y), whose rounding is that of ‖x‖²: a distance below about 0.0005 ‖x‖ may come out as another such,
/// or as 0. Where it is 0 the gradient is 0.
/// </remarks>
public sealed class EuclideanDistance : EmbeddingDistance
{
    // The square of a distance far below what float32 resolves for embeddings of any usual size.
    private const double SmallestSquare = 1e-12;

    /// <inheritdoc/>
    public override string Description => nameof(EuclideanDistance);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The embeddings are not a matrix.</exception>
    public override torch.Tensor Matrix(torch.Tensor embeddings)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor squares = InnerProducts.SquaredDistances(embeddings);

        // sqrt has no gradient at 0, where duplicate rows put it: one NaN would spread to every weight.
        torch.Tensor distances = squares.clamp_min(SmallestSquare).sqrt().masked_fill(squares <= SmallestSquare, 0);
        return distances.MoveToOuterDisposeScope();
    }
}
