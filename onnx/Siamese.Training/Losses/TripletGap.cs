using Siamese.Training.Miners;
using TorchSharp;

namespace Siamese.Training.Losses;

/// <summary>How much farther a triplet's positive is than its negative: what every triplet loss is a function of.</summary>
/// <remarks>The caller's dispose scope owns every tensor made here.</remarks>
internal static class TripletGap
{
    /// <summary>Computes d(a, p) − d(a, n) for every triplet.</summary>
    /// <param name="distances">(B, B).</param>
    /// <param name="triplets">T ≥ 1 triplets.</param>
    /// <returns>(T).</returns>
    public static torch.Tensor Of(torch.Tensor distances, Triplets triplets)
    {
        long size = distances.shape[0];
        int count = triplets.Count;

        // One gather of both halves: its gradient is one scatter.
        long[] indices = new long[2 * count];
        for (int i = 0; i < count; i++)
        {
            long row = triplets.Anchors[i] * size;
            indices[i] = row + triplets.Positives[i];
            indices[count + i] = row + triplets.Negatives[i];
        }

        // from_array uses the array's own memory, where tensor would copy it.
        torch.Tensor gathered = distances.flatten().index_select(0, torch.from_array(indices, device: distances.device));
        return gathered.narrow(0, 0, count) - gathered.narrow(0, count, count);
    }

    /// <summary>Makes a loss of 0 that gradients of 0 flow back from.</summary>
    /// <param name="distances">Any; not even a NaN among them matters.</param>
    public static torch.Tensor NoLoss(torch.Tensor distances) => distances.narrow(0, 0, 0).sum();

    public static void CheckIsSquare(torch.Tensor distances)
    {
        if (distances.dim() != 2 || distances.shape[0] != distances.shape[1])
        {
            throw new ArgumentException(
                $"The distances have the shape ({string.Join(", ", distances.shape)}), but must be those of all pairs of a batch, (B, B).",
                nameof(distances));
        }
    }
}
