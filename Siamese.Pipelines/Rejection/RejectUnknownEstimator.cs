using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Onnx;
using Siamese.Pipelines.Retrieval;

namespace Siamese.Pipelines.Rejection;

/// <summary>Tells rows of the classes from rows of none: an open-set classifier of any classifier or embedding.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input columns</term><description>the score's: features or Score, a vector of <see cref="float"/>; PredictedLabel, a key, where there is one;
/// label: a key, text or a number, only read when fitted</description></item>
/// <item><term>Output columns</term><description>UnknownScore, a <see cref="float"/>: larger is more unknown; IsUnknown, a <see cref="bool"/>; where there is a
/// PredictedLabel, that with the missing key for unknown rows, and ClosedSetLabel, which keeps it as it was; PValue, a
/// <see cref="float"/>, of a <see cref="ConformalThreshold"/></description></item>
/// <item><term>Reads rows when fitted</term><description>yes, into memory; how many stay in the graph is the score's to say</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes</description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// <para>
/// The score and its threshold are one ONNX graph. Its outputs are vectors, so that stock parts read the scalars off it: a regression the
/// score and a binary classifier the flag, each fitted on constants, and a table of hashes the label, for which NaN is the missing key.
/// </para>
/// <para>
/// To score a row with NaN or an infinity in the column that the score reads throws an <see cref="InvalidOperationException"/> that names the
/// row; in a plain ML.NET program, which loads the saved chain, the row is unknown, and its score is NaN.
/// </para>
/// </remarks>
public sealed partial class RejectUnknownEstimator : IEstimator<RejectUnknownTransformer>
{
    private readonly MLContext _ml;
    private readonly UnknownScore _score;
    private readonly RejectionThreshold _threshold;
    private readonly RejectUnknownOptions _options;

    internal RejectUnknownEstimator(MLContext ml, UnknownScore score, RejectionThreshold threshold, RejectUnknownOptions options)
    {
        _ml = ml;
        _score = score;
        _threshold = threshold;
        _options = options;
    }

    private string InputColumn => _score.Input == ScoreInput.Features ? _options.FeatureColumnName : _options.ScoreColumnName;

    private string InputParameter => _score.Input == ScoreInput.Features
        ? nameof(RejectUnknownOptions.FeatureColumnName)
        : nameof(RejectUnknownOptions.ScoreColumnName);

    /// <summary>Fits the score on a part of the rows, and places the threshold by the others.</summary>
    /// <param name="input">Rows of the classes.</param>
    /// <returns>The transformer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Fit(IDataView, IDataView, IDataView?)"/>.</exception>
    public RejectUnknownTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Fit(input, null, null, nameof(input));
    }

    /// <summary>Fits the score on rows of the classes, and places the threshold by others.</summary>
    /// <param name="known">Rows of the classes that the score is fitted on.</param>
    /// <param name="calibration">Rows of the same classes that nothing has learned from.</param>
    /// <param name="unknown">
    /// Examples of the unknown (outlier exposure), or null. <see cref="NeighborDistanceScore"/> and <see cref="SeparatingThreshold"/> use them;
    /// where both do, each takes one half, drawn by the seed. Their labels are not read.
    /// </param>
    /// <returns>The transformer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type; a view has no rows, or two are the same view; a value is not finite; the calibration has rows of
    /// a class that the known have not, or is all of one class where the known are of several; there are too few rows for the rate; all scores
    /// are equal; examples of the unknown are wanted and were not given, or the other way round.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public RejectUnknownTransformer Fit(IDataView known, IDataView calibration, IDataView? unknown = null)
    {
        ArgumentNullException.ThrowIfNull(known);
        ArgumentNullException.ThrowIfNull(calibration);
        if (ReferenceEquals(known, calibration))
        {
            throw new ArgumentException(
                "The calibration is the very view that the score is fitted on, whose scores are smaller than those of new rows. Give rows that were held out.",
                nameof(calibration));
        }

        if (ReferenceEquals(unknown, known) || ReferenceEquals(unknown, calibration))
        {
            throw new ArgumentException("The examples of the unknown are the very view of the known. Give rows that are of none of the classes.", nameof(unknown));
        }

        return Fit(known, calibration, unknown, nameof(known));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        if (inputSchema.All(column => column.Name != InputColumn))
        {
            throw ColumnErrors.NotFound(InputColumn, inputSchema.Select(column => column.Name), $"Name it with {InputParameter}.", nameof(inputSchema));
        }

        SchemaShape shape = inputSchema;
        if (inputSchema.Any(column => column.Name == _options.PredictedLabelColumnName))
        {
            shape = _ml.Transforms.CopyColumns(_options.ClosedSetLabelColumnName, _options.PredictedLabelColumnName).GetOutputSchema(shape);
        }

        var schema = SchemaDefinition.Create(typeof(ScalarRow));
        schema[nameof(ScalarRow.UnknownScore)].ColumnName = _options.UnknownScoreColumnName;
        schema[nameof(ScalarRow.IsUnknown)].ColumnName = _options.IsUnknownColumnName;
        schema[nameof(ScalarRow.PValue)].ColumnName = _options.PValueColumnName;
        SchemaShape scalars = SchemaShapes.Of(_ml.Data.LoadFromEnumerable(Array.Empty<ScalarRow>(), schema));
        SchemaShape.Column[] added = [.. scalars.Where(column => _threshold is ConformalThreshold || column.Name != _options.PValueColumnName)];
        return new SchemaShape(shape.Where(column => added.All(other => other.Name != column.Name)).Concat(added));
    }

    private RejectUnknownTransformer Fit(IDataView known, IDataView? calibration, IDataView? unknown, string knownName)
    {
        if (_threshold.NeedsOutliers && unknown is null)
        {
            throw new ArgumentException(
                $"The threshold '{_threshold.Name}' is placed between the known and examples of the unknown, but none were given. "
                + "Give them to Fit, or ask for a false rejection rate.",
                nameof(unknown));
        }

        if (unknown is not null && !_threshold.NeedsOutliers && !_score.LearnsFromOutliers)
        {
            throw new ArgumentException(
                $"Neither the score '{_score.Name}' nor the threshold '{_threshold.Name}' makes use of examples of the unknown. "
                + $"Leave them out, or take {nameof(NeighborDistanceScore)} or {nameof(SeparatingThreshold)}.",
                nameof(unknown));
        }

        Labelled labels = LabelledBy(known);
        if (_threshold.IsPerClass && labels.ClassCount == 0)
        {
            throw new ArgumentException(
                $"A threshold for each class needs the column '{_options.PredictedLabelColumnName}' of a classifier, which the rows do not have. "
                + $"Put a classifier before it, name its column with {nameof(RejectUnknownOptions.PredictedLabelColumnName)}, or take one threshold for all.",
                knownName);
        }

        Sample fitted = Read(known, knownName, labels);
        Sample held = fitted;
        if (calibration is not null)
        {
            held = Read(calibration, nameof(calibration), labels);
            CheckSameClasses(fitted.Rows, held.Rows);
        }
        else if (_score.LearnsFromRows && _threshold.NeedsCalibration)
        {
            int[] order = Order(fitted.Rows.Count, _options.Seed);
            int count = Math.Clamp((int)Math.Round(order.Length * _options.CalibrationFraction), 1, Math.Max(1, order.Length - 1));
            held = fitted.Select(order[..count]);
            fitted = fitted.Select(order[count..]);
            if (fitted.Rows.Count == 0)
            {
                throw new ArgumentException("There is 1 row, but the score and its threshold need at least one each. Give more rows.", knownName);
            }
        }

        FeatureRows? exposed = unknown is null ? null : FeatureRows.Read(unknown, InputColumn, null, nameof(unknown), _options.Scoring.CancellationToken);
        FeatureRows? learned = _score.LearnsFromOutliers ? exposed : null;
        FeatureRows? placing = _threshold.NeedsOutliers ? exposed : null;
        if (learned is not null && placing is not null)
        {
            int[] order = Order(exposed!.Count, _options.Seed);
            learned = exposed.Select(order.AsSpan(0, order.Length / 2));
            placing = exposed.Select(order.AsSpan(order.Length / 2));
        }

        if (exposed is not null && exposed.Width != fitted.Rows.Width)
        {
            throw new ArgumentException(
                $"The examples of the unknown have {exposed.Width} values in column '{InputColumn}', but the known have {fitted.Rows.Width}. Embed both with one model.",
                nameof(unknown));
        }

        string prefix = _options.UnknownScoreColumnName;
        var scoreReader = ScalarReader.Create(_ml, $"{prefix}.vector");
        ClassCodes? codes = labels.Column is { } predicted ? ClassCodes.Create(_ml, predicted) : null;
        ScalarReader? valueReader = _threshold is ConformalThreshold ? ScalarReader.Create(_ml, $"{prefix}.p") : null;
        (byte[] graph, RejectionCalibration found) = RejectionGraph.Write(
            _score,
            new ScoreRows(fitted.Rows, learned, _options.Seed),
            codes?.Codes,
            scorer => Place(scorer, fitted.Rows, held, placing, exposed?.Count ?? 0, labels),
            scoreReader,
            valueReader);
        return new RejectUnknownTransformer(Chain(known, graph, fitted.Rows.Width, labels, codes, scoreReader, valueReader), found);
    }

    /// <summary>What the rows say of a prediction: none, or its column and the number of its classes.</summary>
    private Labelled LabelledBy(IDataView rows)
    {
        if (rows.Schema.GetColumnOrNull(_options.PredictedLabelColumnName) is not { } column)
        {
            return new Labelled(null, 0);
        }

        return column.Type is KeyDataViewType { Count: > 0 and <= ClassCodes.MostClasses } key && key.RawType == typeof(uint)
            ? new Labelled(column, (int)key.Count)
            : throw new ArgumentException(
                $"Column '{column.Name}' holds {column.Type}, but a prediction is a key of UInt32 with 1 to {ClassCodes.MostClasses} values, which can be missing. "
                + "Put RejectUnknown before MapKeyToValue; convert keys of another integer with ml.Transforms.Conversion.ConvertType.",
                nameof(rows));
    }

    /// <summary>Rows, and their predicted classes from 0 where these count.</summary>
    private sealed record Sample(FeatureRows Rows, int[]? Predictions)
    {
        public Sample Select(int[] order) => new(Rows.Select(order), Predictions is null ? null : [.. order.Select(row => Predictions[row])]);
    }

    private sealed record Labelled(DataViewSchema.Column? Column, int ClassCount)
    {
        public string[] Names()
        {
            if (Column is not { } column || !column.HasKeyValues(TextDataViewType.Instance))
            {
                return [.. Enumerable.Range(1, ClassCount).Select(key => $"key {key}")];
            }

            VBuffer<ReadOnlyMemory<char>> names = default;
            column.GetKeyValues(ref names);
            return [.. names.DenseValues().Select(name => $"'{name}'")];
        }
    }

    private sealed class ScalarRow
    {
        public float UnknownScore { get; set; }

        public bool IsUnknown { get; set; }

        public float PValue { get; set; }
    }
}
