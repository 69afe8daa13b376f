namespace Siamese.Pipelines.Retrieval;

/// <summary>The distance of identification that a gallery's own items gave, and how much they can say about it.</summary>
public sealed record IdentificationCalibration
{
    /// <summary>Gets the distance that was kept: a query whose nearest item is farther is nobody.</summary>
    public required float Threshold { get; init; }

    /// <summary>Gets whether the items alone decided; false where they are too few, and the network's verification threshold bounds the distance.</summary>
    /// <value>True where the gallery has at least as many labels as strangers are needed to see one false acceptance: 1 / rate.</value>
    public required bool IsFromItems { get; init; }

    /// <summary>Gets the number of items that played a stranger.</summary>
    public required int Queries { get; init; }

    /// <summary>Gets the number of labels that these items are of. Items of one label are not independent of each other.</summary>
    public required int Labels { get; init; }

    /// <summary>Gets the number of pairs of an item that played a stranger and an item of another label.</summary>
    public required long Pairs { get; init; }

    /// <summary>Gets the number of labels of which an item would have been taken for another label at <see cref="Threshold"/>.</summary>
    public required int AcceptedLabels { get; init; }

    /// <summary>Gets the bound below which the true false acceptance rate lies with a confidence of 95 %, in [0, 1].</summary>
    /// <value>
    /// That of Clopper and Pearson over labels, each of which counts as one stranger who has several tries. It is 1 where there are no pairs.
    /// </value>
    public required double FalseAcceptanceRateUpperBound { get; init; }

    /// <summary>Gets pairs of items of two labels that are nearly the same, such as one photograph under two names, nearest first; at most 100.</summary>
    /// <value>
    /// Where they are of one pair of labels, or of few among many, these items had no part in the distance. Correct or remove one item of each pair.
    /// </value>
    public required IReadOnlyList<LabelContradiction> Contradictions { get; init; }

    /// <summary>Returns the distance, what it rests on, and the bound.</summary>
    /// <returns>For example <c>0.600, by the network's verification threshold: 6 items of 2 labels; false acceptance rate below 77.6 % (95 %)</c>.</returns>
    public override string ToString() => FormattableString.Invariant(
        $"{Threshold:F3}, by {(IsFromItems ? "the gallery's items" : "the network's verification threshold")}: {Queries} items of {Labels} labels; ")
        + FormattableString.Invariant($"false acceptance rate below {100 * FalseAcceptanceRateUpperBound:F1} % (95 %)");
}
