using Siamese.Pipelines;
using Siamese.Training.Miners;
using Siamese.Training.Reducers;
using Siamese.Training.Runs;
using TorchSharp;

namespace Siamese.Training.Losses;

/// <summary>
/// Asks of every triplet that the negative be farther than the positive by a margin: max(0, d(a, p) − d(a, n) + margin) (Schroff et
/// al., FaceNet: A Unified Embedding for Face Recognition and Clustering, 2015).
/// </summary>
public sealed class TripletMarginLoss : TripletLoss
{
    /// <summary>Initializes a new instance.</summary>
    /// <param name="margin">At least 0, in the unit of the distance.</param>
    /// <param name="reducer">How the triplets' losses become one; the mean of those that are not 0 if none is given.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="margin"/> is negative, infinite or NaN.</exception>
    public TripletMarginLoss(double margin, LossReducer? reducer = null)
    {
        Margin = Guard.InRange(margin, 0, double.MaxValue, nameof(margin));
        Reducer = reducer ?? new NonZeroMeanReducer();
    }

    /// <summary>Gets the margin.</summary>
    public double Margin { get; }

    /// <summary>Gets how the triplets' losses become one.</summary>
    public LossReducer Reducer { get; }

    /// <inheritdoc/>
    public override string Description => PartDescription.Of(nameof(TripletMarginLoss), (nameof(Margin), Margin), (nameof(Reducer), Reducer));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The distances are not a square matrix.</exception>
    public override torch.Tensor Forward(torch.Tensor distances, Triplets triplets)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        TripletGap.CheckIsSquare(distances);
        torch.Tensor loss = triplets.Count == 0
            ? TripletGap.NoLoss(distances)
            : Reducer.Reduce((TripletGap.Of(distances, triplets) + Margin).relu());
        return loss.MoveToOuterDisposeScope();
    }
}
