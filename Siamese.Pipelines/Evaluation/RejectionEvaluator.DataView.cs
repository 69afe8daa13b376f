using Microsoft.ML;

namespace Siamese.Pipelines.Evaluation;

public static partial class RejectionEvaluator
{
    /// <summary>Measures rejection from the rows that a chain has scored.</summary>
    /// <param name="known">Rows of the classes that are known.</param>
    /// <param name="unknown">Rows of none of them, scored by the same chain.</param>
    /// <param name="unknownScoreColumnName">
    /// The column of unknown scores in both views: Single, or a vector of one Single, as an ONNX step writes it. Larger is more unknown.
    /// </param>
    /// <param name="isUnknownColumnName">
    /// The column in both views that says which rows the fitted threshold rejects: Boolean or Single (not 0), or a vector of one. Null, or
    /// IsUnknown where neither view has it, leaves out the figures at the threshold.
    /// </param>
    /// <param name="labelColumnName">
    /// The column of the known rows' classes: keys, text, integers or floats, none missing. Null, or Label where the view does not have it,
    /// leaves out the open-set classification rate and the accuracy. Unknown rows need no label.
    /// </param>
    /// <param name="predictedLabelColumnName">
    /// The column of predictions for the known rows where there is none of closed-set predictions: keys, text or numbers, matched with the
    /// labels by value. Where the chain leaves no prediction (a key of 0, an empty text, NaN) to rows it rejects, the rows that the
    /// <i>fitted</i> threshold rejects count as wrong at <i>every</i> threshold, so that <see cref="RejectionMetrics.Oscr"/> comes out
    /// lower than it is. Null, or PredictedLabel where the view does not have it, is the same as no labels.
    /// </param>
    /// <param name="closedSetPredictionColumnName">
    /// The column of predictions for the known rows before rejection; null takes ClosedSetLabel where the view has it, and otherwise
    /// <paramref name="predictedLabelColumnName"/>.
    /// </param>
    /// <param name="options">The intervals and the means; the defaults when null.</param>
    /// <returns>The figures, with their intervals.</returns>
    /// <remarks>Both views are read once, in order, into memory. A prediction that is missing is not right.</remarks>
    /// <exception cref="ArgumentException">
    /// A view has no rows, both are the same view, a column is not found, is of another type or is in one view alone, a score is NaN, a
    /// label is missing, or labels are text and predictions numbers.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static RejectionMetrics Evaluate(
        IDataView known,
        IDataView unknown,
        string unknownScoreColumnName = RejectionColumnNames.UnknownScore,
        string? isUnknownColumnName = RejectionColumnNames.IsUnknown,
        string? labelColumnName = RejectionColumnNames.Label,
        string? predictedLabelColumnName = RejectionColumnNames.PredictedLabel,
        string? closedSetPredictionColumnName = null,
        RejectionEvaluationOptions? options = null)
    {
        RejectionColumns.CheckViews(known, unknown);
        options ??= new RejectionEvaluationOptions();
        string? isUnknown = IsUnknownInBoth(known, unknown, isUnknownColumnName);
        string? label = closedSetPredictionColumnName is null
            ? UnlessAbsent(known, labelColumnName, RejectionColumnNames.Label)
            : labelColumnName;
        string? closedSet = closedSetPredictionColumnName
            ?? UnlessAbsent(known, RejectionColumnNames.ClosedSetLabel, RejectionColumnNames.ClosedSetLabel);
        string? prediction = closedSet ?? UnlessAbsent(known, predictedLabelColumnName, RejectionColumnNames.PredictedLabel);

        RejectionColumns knownRows = RejectionColumns.Read(
            known,
            unknownScoreColumnName,
            isUnknown,
            prediction is null ? null : label,
            prediction,
            closedSet is null ? nameof(predictedLabelColumnName) : nameof(closedSetPredictionColumnName),
            options.CancellationToken);
        RejectionColumns unknownRows = RejectionColumns.Read(
            unknown, unknownScoreColumnName, isUnknown, cancellation: options.CancellationToken);
        return Evaluate(knownRows.Scores, unknownRows.Scores, knownRows.Correct, knownRows.Rejected, unknownRows.Rejected, options);
    }

    /// <summary>Measures, label by label, how well unknown rows are told from all known rows: which unknowns pass unnoticed.</summary>
    /// <param name="known">Rows of the classes that are known.</param>
    /// <param name="unknown">Rows of none of them, scored by the same chain, with a label that says what they are.</param>
    /// <param name="labelColumnName">
    /// The column of the unknown rows' labels: keys, text, integers or floats, none missing. Keys that were mapped by the values of known
    /// rows are missing for the unknown: name the column that they were mapped from.
    /// </param>
    /// <param name="unknownScoreColumnName">The column of unknown scores in both views: Single, or a vector of one Single.</param>
    /// <param name="isUnknownColumnName">
    /// The column of the unknown rows that says which the fitted threshold rejects: Boolean or Single (not 0), or a vector of one. Null, or
    /// IsUnknown where the view does not have it, leaves out the shares of rejected rows.
    /// </param>
    /// <param name="cancellationToken">Stops the reading, between two rows.</param>
    /// <returns>The figures of each label, in the order in which the labels first occur.</returns>
    /// <exception cref="ArgumentException">
    /// A view has no rows, both are the same view, a column is not found or of another type, a score is NaN, or a label is missing.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static IReadOnlyList<UnknownLabelMetrics> ByLabel(
        IDataView known,
        IDataView unknown,
        string labelColumnName = RejectionColumnNames.Label,
        string unknownScoreColumnName = RejectionColumnNames.UnknownScore,
        string? isUnknownColumnName = RejectionColumnNames.IsUnknown,
        CancellationToken cancellationToken = default)
    {
        RejectionColumns.CheckViews(known, unknown);
        ArgumentNullException.ThrowIfNull(labelColumnName);
        RejectionColumns knownRows = RejectionColumns.Read(known, unknownScoreColumnName, cancellation: cancellationToken);
        RejectionColumns unknownRows = RejectionColumns.Read(
            unknown,
            unknownScoreColumnName,
            UnlessAbsent(unknown, isUnknownColumnName, RejectionColumnNames.IsUnknown),
            labelColumnName,
            cancellation: cancellationToken);
        string[] labels = Array.ConvertAll(unknownRows.Labels!, label => label.ToString());
        return ByLabel(knownRows.Scores, unknownRows.Scores, labels, unknownRows.Rejected);
    }

    /// <summary>Leaves out a column of the usual name that is not there; one of another name was asked for, and is missed.</summary>
    private static string? UnlessAbsent(IDataView view, string? name, string usualName) =>
        name == usualName && view.Schema.GetColumnOrNull(name) is null ? null : name;

    private static string? IsUnknownInBoth(IDataView known, IDataView unknown, string? isUnknownColumnName)
    {
        string? ofKnown = UnlessAbsent(known, isUnknownColumnName, RejectionColumnNames.IsUnknown);
        string? ofUnknown = UnlessAbsent(unknown, isUnknownColumnName, RejectionColumnNames.IsUnknown);
        if (ofKnown != ofUnknown)
        {
            (string with, string without) = ofKnown is null ? (nameof(unknown), nameof(known)) : (nameof(known), nameof(unknown));
            throw new ArgumentException(
                $"Column '{isUnknownColumnName}' is in {with}, but not in {without}. Run both through one chain, or pass null to go without "
                + "the figures at the threshold.",
                nameof(isUnknownColumnName));
        }

        return ofKnown;
    }
}
