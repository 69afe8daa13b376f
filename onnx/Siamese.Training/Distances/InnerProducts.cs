using TorchSharp;

namespace Siamese.Training.Distances;

/// <summary>The inner products of all pairs of rows, by one matrix multiplication.</summary>
/// <remarks>The caller's dispose scope owns every tensor made here.</remarks>
internal static class InnerProducts
{
    /// <summary>Multiplies every row with every row.</summary>
    /// <param name="embeddings">(B, D).</param>
    /// <returns>(B, B).</returns>
    public static torch.Tensor Of(torch.Tensor embeddings) => embeddings.mm(embeddings.t());

    /// <summary>Computes ‖x − y‖² for every pair of rows.</summary>
    /// <param name="embeddings">(B, D).</param>
    /// <returns>(B, B), symmetric, with a diagonal of exactly 0; rounding may put other elements slightly below 0.</returns>
    public static torch.Tensor SquaredDistances(torch.Tensor embeddings)
    {
        CheckIsMatrix(embeddings);
        torch.Tensor products = Of(embeddings);

        // x·(x − y) plus its transpose y·(y − x). Squares from the product's own diagonal cancel there exactly, and a sum of two
        // transposes is symmetric whichever way the multiplication rounds.
        torch.Tensor halves = products.diagonal().unsqueeze(1) - products;
        return halves + halves.t();
    }

    public static void CheckIsMatrix(torch.Tensor embeddings)
    {
        if (embeddings.dim() != 2)
        {
            throw new ArgumentException(
                $"The embeddings have the shape ({string.Join(", ", embeddings.shape)}), but must be a matrix (B, D): one row an image. "
                + "Flatten the network's output.",
                nameof(embeddings));
        }
    }
}
