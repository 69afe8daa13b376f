namespace Siamese.Training.Miners;

/// <summary>Chooses which triplets of a batch a network learns from.</summary>
/// <remarks>
/// A miner sees distances as plain numbers, since a choice has no gradient. It keeps no state between batches but what its
/// random source holds, so one seed gives one choice.
/// </remarks>
public abstract class TripletMiner : RecipePart
{
    /// <summary>Chooses triplets of one batch.</summary>
    /// <param name="distances">B × B distances, row by row: element a × B + b is the distance of image a from image b.</param>
    /// <param name="labels">B classes.</param>
    /// <param name="random">The source of any random choice.</param>
    /// <returns>The triplets; empty when the batch has no pair of one class, or only one class.</returns>
    /// <exception cref="ArgumentException">There are not B × B distances.</exception>
    public abstract Triplets Mine(ReadOnlySpan<float> distances, ReadOnlySpan<int> labels, Random random);
}
