namespace Siamese.Training.Miners;

/// <summary>Triplets as indices into one batch: anchor, positive (the anchor's class) and negative (another class).</summary>
/// <param name="Anchors">T indices.</param>
/// <param name="Positives">T indices, each of another image of the anchor's class.</param>
/// <param name="Negatives">T indices, each of an image of another class than the anchor's.</param>
public sealed record Triplets(int[] Anchors, int[] Positives, int[] Negatives)
{
    /// <summary>Gets the number of triplets.</summary>
    public int Count => Anchors.Length;
}
