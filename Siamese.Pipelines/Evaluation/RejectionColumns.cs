using System.Runtime.CompilerServices;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Evaluation;

/// <summary>The unknown scores of a view, and what became of its rows, read into memory.</summary>
internal sealed class RejectionColumns
{
    /// <summary>Gets the score of each row, none of them NaN.</summary>
    public required float[] Scores { get; init; }

    /// <summary>Gets whether each row is rejected: null where no column says so.</summary>
    public required bool[]? Rejected { get; init; }

    /// <summary>Gets the label of each row: null where no column has it.</summary>
    public required LabelValue[]? Labels { get; init; }

    /// <summary>Gets whether the prediction for each row is its label: null where no columns say so.</summary>
    public required bool[]? Correct { get; init; }

    /// <summary>Refuses views that cannot be told apart, before either is read.</summary>
    /// <exception cref="ArgumentException">Both are one view.</exception>
    public static void CheckViews(IDataView known, IDataView unknown)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(unknown);
        if (ReferenceEquals(known, unknown))
        {
            throw new ArgumentException(
                "The unknown rows are the known rows: both are one view. Give a view of rows of no known class.", nameof(unknown));
        }
    }

    /// <summary>Reads all rows of a view, in its order.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="unknownScoreColumnName">Single, or a vector of one Single.</param>
    /// <param name="isUnknownColumnName">Boolean or Single, or a vector of one; null reads none.</param>
    /// <param name="labelColumnName">Keys, text or numbers, none missing; null reads none.</param>
    /// <param name="predictionColumnName">Keys, text or numbers; a missing one is not right. Only read with labels; null reads none.</param>
    /// <param name="predictionParameter">The argument that named the predictions, for errors.</param>
    /// <param name="cancellation">Stops the reading.</param>
    /// <param name="viewName">What errors call the view.</param>
    /// <exception cref="ArgumentException">
    /// There are no rows, a column is missing or of another type, a score is NaN, a label is missing, or labels and predictions are of two
    /// kinds.
    /// </exception>
    public static RejectionColumns Read(
        IDataView view,
        string unknownScoreColumnName,
        string? isUnknownColumnName = null,
        string? labelColumnName = null,
        string? predictionColumnName = null,
        string predictionParameter = "predictedLabelColumnName",
        CancellationToken cancellation = default,
        [CallerArgumentExpression(nameof(view))] string? viewName = null)
    {
        var columns = new List<DataViewSchema.Column>();
        DataViewSchema.Column scoreColumn = Find(unknownScoreColumnName, "unknown scores", nameof(unknownScoreColumnName))!.Value;
        DataViewSchema.Column? isUnknownColumn = Find(isUnknownColumnName, "rejections", nameof(isUnknownColumnName));
        DataViewSchema.Column? labelColumn = Find(labelColumnName, "labels", nameof(labelColumnName));
        DataViewSchema.Column? predictionColumn =
            labelColumn is null ? null : Find(predictionColumnName, "predictions", predictionParameter);

        using DataViewRowCursor cursor = view.GetRowCursor(columns);
        Func<float> score = One<float>(cursor, scoreColumn, NumberDataViewType.Single)
            ?? throw new ArgumentException(
                $"Column '{scoreColumn.Name}' of {viewName} is of type {scoreColumn.Type}, but an unknown score is one Single, or a "
                + "vector of one. Name the column of unknown scores, or convert it with Conversion.ConvertType.",
                nameof(unknownScoreColumnName));
        Func<bool>? isUnknown = isUnknownColumn is { } flag ? Flag(cursor, flag, viewName) : null;
        Func<LabelValue?>? label = Label(labelColumn, nameof(labelColumnName));
        Func<LabelValue?>? prediction = Label(predictionColumn, predictionParameter);

        var scores = new List<float>();
        var rejected = new List<bool>();
        var labels = new List<LabelValue>();
        var correct = new List<bool>();
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            float value = score();
            if (float.IsNaN(value))
            {
                throw new ArgumentException(
                    $"Row {cursor.Position} of {viewName} has NaN in column '{unknownScoreColumnName}', which has no rank among scores. "
                    + "Leave the row out, or mend what scored it.",
                    nameof(unknownScoreColumnName));
            }

            scores.Add(value);
            if (isUnknown is not null)
            {
                rejected.Add(isUnknown());
            }

            if (label is not null)
            {
                labels.Add(Present(label()));
            }

            if (prediction is not null)
            {
                correct.Add(IsRight(labels[^1], prediction()));
            }
        }

        if (scores.Count == 0)
        {
            throw new ArgumentException($"The view {viewName} has no rows.", viewName);
        }

        return new RejectionColumns
        {
            Scores = [.. scores],
            Rejected = isUnknown is null ? null : [.. rejected],
            Labels = label is null ? null : [.. labels],
            Correct = prediction is null ? null : [.. correct],
        };

        DataViewSchema.Column? Find(string? name, string content, string parameter)
        {
            if (name is null)
            {
                return null;
            }

            columns.Add(EmbeddingColumns.Find(view.Schema, name, content, parameter));
            return columns[^1];
        }

        Func<LabelValue?>? Label(DataViewSchema.Column? column, string parameter) =>
            column is { } present ? LabelReader.CreateOptional(cursor, present, parameter) : null;

        LabelValue Present(LabelValue? value) =>
            value ?? throw new ArgumentException(
                $"Row {cursor.Position} of {viewName} has no label in column '{labelColumnName}': a missing key, an empty text or "
                + "NaN. Leave out rows without a label; where a key was mapped by values that lack the row's, name the column it was mapped from.",
                nameof(labelColumnName));

        bool IsRight(LabelValue actual, LabelValue? predicted)
        {
            if (predicted is not { } present)
            {
                return false;
            }

            if (present.IsText != actual.IsText)
            {
                throw new ArgumentException(
                    $"The labels in column '{labelColumnName}' are {Kind(actual)}, such as '{actual}', but the predictions in column "
                    + $"'{predictionColumnName}' are {Kind(present)}, such as '{present}'. They are matched by value: give both the same kind.",
                    predictionParameter);
            }

            return present == actual;
        }

        static string Kind(LabelValue value) => value.IsText ? "text" : "numbers";
    }

    private static Func<bool> Flag(DataViewRowCursor cursor, DataViewSchema.Column column, string? viewName)
    {
        if (One<bool>(cursor, column, BooleanDataViewType.Instance) is { } flag)
        {
            return flag;
        }

        Func<float> number = One<float>(cursor, column, NumberDataViewType.Single)
            ?? throw new ArgumentException(
                $"Column '{column.Name}' of {viewName} is of type {column.Type}, but a rejection is one Boolean or Single, or a vector of "
                + "one. Name the column of rejections, or pass null to go without the figures at the threshold.",
                "isUnknownColumnName");
        return () =>
        {
            float value = number();
            return float.IsNaN(value)
                ? throw new ArgumentException(
                    $"Row {cursor.Position} of {viewName} has NaN in column '{column.Name}', but a row is rejected (not 0) or kept (0).",
                    "isUnknownColumnName")
                : value != 0;
        };
    }

    /// <summary>Makes what reads one value, be it alone or the only one of a vector: null where the column has another type.</summary>
    private static Func<T>? One<T>(DataViewRowCursor cursor, DataViewSchema.Column column, PrimitiveDataViewType type)
    {
        if (column.Type.Equals(type))
        {
            ValueGetter<T> getter = cursor.GetGetter<T>(column);
            T value = default!;
            return () =>
            {
                getter(ref value);
                return value;
            };
        }

        if (column.Type is VectorDataViewType { Size: 1 } vector && vector.ItemType.Equals(type))
        {
            ValueGetter<VBuffer<T>> getter = cursor.GetGetter<VBuffer<T>>(column);
            VBuffer<T> buffer = default;
            return () =>
            {
                getter(ref buffer);
                return buffer.GetItemOrDefault(0);
            };
        }

        return null;
    }
}
