using Siamese.Pipelines;
using Siamese.Training.Miners;
using Siamese.Training.Reducers;
using Siamese.Training.Runs;
using TorchSharp;

namespace Siamese.Training.Losses;

/// <summary>
/// Pulls every positive nearer than its negative without a margin to choose: ln(1 + exp((d(a, p) − d(a, n)) / scale)) (Hermans et al.,
/// In Defense of the Triplet Loss for Person Re-Identification, 2017).
/// </summary>
/// <remarks>
/// It fades out instead of ending, so no triplet's loss is ever 0. It needs distances that can grow: for embeddings of length 1, whose
/// distances end at 2, choose a scale well below 1.
/// </remarks>
public sealed class SoftTripletLoss : TripletLoss
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="scale">Greater than 0, in the unit of the distance: over how much of it the loss fades out. 1 is the paper's.</param>
    /// <param name="reducer">How the triplets' losses become one; their mean if none is given.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="scale"/> is not greater than 0.</exception>
    public SoftTripletLoss(double scale = 1, LossReducer? reducer = null)
    {
        Scale = Guard.Above(scale, 0, nameof(scale));
        Reducer = reducer ?? new MeanReducer();
    }

    /// <summary>Gets the scale.</summary>
    public double Scale { get; }

    /// <summary>Gets how the triplets' losses become one.</summary>
    public LossReducer Reducer { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(SoftTripletLoss), (nameof(Scale), Scale), (nameof(Reducer), Reducer));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The distances are not a square matrix.</exception>
    public override torch.Tensor Forward(torch.Tensor distances, Triplets triplets)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TripletGap.CheckIsSquare(distances);
        torch.Tensor loss = triplets.Count == 0
            ? TripletGap.NoLoss(distances)
            : Reducer.Reduce(torch.nn.functional.softplus(TripletGap.Of(distances, triplets) / Scale));
        return loss.MoveToOuterDisposeScope();
    }
}
