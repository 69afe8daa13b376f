using Microsoft.ML;
using Siamese.Pipelines.Embeddings;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Verification;

/// <summary>Measures verification: whether two embeddings are of one class, told by their distance alone.</summary>
public static class VerificationEvaluator
{
    /// <summary>Measures how well distances tell the two kinds of pairs apart.</summary>
    /// <param name="pairs">Pairs of both kinds, in any order.</param>
    /// <returns>ROC, AUC, EER, TAR at FAR and the best threshold.</returns>
    /// <exception cref="ArgumentException">There are no pairs of one kind, or a distance is NaN.</exception>
    public static VerificationMetrics Evaluate(IEnumerable<VerificationPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        List<float> same = [];
        List<float> different = [];
        int number = 0;
        foreach (VerificationPair pair in pairs)
        {
            if (float.IsNaN(pair.Distance))
            {
                throw new ArgumentException(
                    $"The distance of pair {number} is NaN, which is neither near nor far. Leave the pair out, or correct its embeddings.", nameof(pairs));
            }

            (pair.IsSame ? same : different).Add(pair.Distance);
            number++;
        }

        if (same.Count == 0 || different.Count == 0)
        {
            throw new ArgumentException(
                $"There are {same.Count} pairs of one class and {different.Count} of two, but at least one of each kind is needed.", nameof(pairs));
        }

        return new VerificationMetrics(RocCurve.Create([.. same], [.. different]), same.Count, different.Count);
    }

    /// <summary>Measures verification on all pairs of the rows of a view.</summary>
    /// <param name="view">The rows: n of them make n (n − 1) / 2 pairs, of which each takes 8 bytes and more while it is measured.</param>
    /// <param name="embeddingColumnName">A column of vectors of Single.</param>
    /// <param name="labelColumnName">The classes: keys, text or numbers, none missing.</param>
    /// <param name="distance">The distance.</param>
    /// <param name="cancellationToken">Stops between two rows.</param>
    /// <returns>ROC, AUC, EER, TAR at FAR and the best threshold.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, there are no pairs of one kind, a label is missing or an embedding not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static VerificationMetrics EvaluateAllPairs(
        IDataView view,
        string embeddingColumnName = "Embedding",
        string labelColumnName = "Label",
        DistanceMetric distance = DistanceMetric.Euclidean,
        CancellationToken cancellationToken = default)
    {
        EmbeddingColumns rows = EmbeddingColumns.Read(view, embeddingColumnName, labelColumnName, labelsByValue: true, cancellationToken);
        return Evaluate(Pairs());

        IEnumerable<VerificationPair> Pairs()
        {
            for (int i = 0; i < rows.Labels.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                for (int j = 0; j < i; j++)
                {
                    yield return new VerificationPair(distance.Between(Row(i), Row(j)), rows.Labels[i] == rows.Labels[j]);
                }
            }
        }

        ReadOnlySpan<float> Row(int i) => rows.Embeddings.AsSpan(i * rows.Dimension, rows.Dimension);
    }

    /// <summary>Measures the accuracy on each part of the pairs by the threshold that is best on all other parts: LFW's protocol.</summary>
    /// <param name="folds">The parts, at least two, none empty. LFW has ten of 600 pairs each; every pair is in one of them.</param>
    /// <returns>The mean accuracy and its standard error, and the folds.</returns>
    /// <exception cref="ArgumentException">There are fewer than two folds, one is empty, or all others lack pairs of one kind.</exception>
    /// <remarks>Huang et al., "Labeled Faces in the Wild" (2007), section IV: the image-restricted protocol of view 2.</remarks>
    public static CrossValidatedVerification CrossValidate(IReadOnlyList<IReadOnlyList<VerificationPair>> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        if (folds.Count < 2)
        {
            throw new ArgumentException($"There is {folds.Count} fold, but a threshold is chosen on others: give two at least, LFW's ten.", nameof(folds));
        }

        int empty = folds.Select(pairs => pairs.Count).ToList().IndexOf(0);
        if (empty >= 0)
        {
            throw new ArgumentException($"Fold {empty} has no pairs. Leave it out.", nameof(folds));
        }

        var judged = new VerificationFold[folds.Count];
        for (int i = 0; i < judged.Length; i++)
        {
            IReadOnlyList<VerificationPair> held = folds[i];
            float threshold = Evaluate(folds.Where((_, fold) => fold != i).SelectMany(pairs => pairs)).BestThreshold;
            judged[i] = new VerificationFold(
                (double)held.Count(pair => pair.IsSame == (pair.Distance <= threshold)) / held.Count, threshold);
        }

        return new CrossValidatedVerification(judged);
    }
}
