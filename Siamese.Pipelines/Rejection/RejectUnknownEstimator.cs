using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Evaluation;
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
/// The score and its threshold are one ONNX graph. Its outputs are vectors, so that three stock linear models, each fitted on constants, read
/// the scalars off it: a regression the score, a binary classifier the flag, a multiclass one the label, for which NaN is the missing key.
/// </para>
/// </remarks>
public sealed class RejectUnknownEstimator : IEstimator<RejectUnknownTransformer>
{
    private const string StockScore = "Score";
    private const string StockLabel = "PredictedLabel";

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

    private static int[] Order(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return order;
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
        ScalarReader? valueReader = _threshold is ConformalThreshold ? ScalarReader.Create(_ml, $"{prefix}.p") : null;
        (byte[] graph, RejectionCalibration found) = RejectionGraph.Write(
            _score,
            new ScoreRows(fitted.Rows, learned, _options.Seed),
            labels.ClassCount,
            scorer => Place(scorer, fitted.Rows, held, placing, exposed?.Count ?? 0, labels),
            scoreReader,
            valueReader);
        return new RejectUnknownTransformer(Chain(known, graph, fitted.Rows.Width, labels, scoreReader, valueReader), found);
    }

    /// <summary>What the rows say of a prediction: none, or its column and the number of its classes.</summary>
    private Labelled LabelledBy(IDataView rows)
    {
        if (rows.Schema.GetColumnOrNull(_options.PredictedLabelColumnName) is not { } column)
        {
            return new Labelled(null, 0);
        }

        return column.Type is KeyDataViewType { Count: > 0 and <= int.MaxValue } key
            ? new Labelled(column, (int)key.Count)
            : throw new ArgumentException(
                $"Column '{column.Name}' holds {column.Type}, but a prediction is a key, which can be missing. "
                + "Put RejectUnknown before MapKeyToValue.",
                nameof(rows));
    }

    private Sample Read(IDataView view, string name, Labelled labels)
    {
        FeatureRows rows = FeatureRows.Read(view, InputColumn, _score.NeedsLabels ? _options.LabelColumnName : null, name, _options.Scoring.CancellationToken);
        if (_score.Input == ScoreInput.Probabilities)
        {
            CheckProbabilities(rows, name);
        }

        if (!_threshold.IsPerClass)
        {
            return new Sample(rows, null);
        }

        EmbeddingColumns.Find(view.Schema, labels.Column!.Value.Name, "predictions", nameof(RejectUnknownOptions.PredictedLabelColumnName));
        int[] predictions = [.. view.GetColumn<uint>(labels.Column.Value.Name).Select(key => (int)key - 1)];
        int missing = Array.IndexOf(predictions, -1);
        return missing < 0
            ? new Sample(rows, predictions)
            : throw new ArgumentException($"Row {missing} of {name} has no prediction in column '{labels.Column.Value.Name}'. Leave such rows out.", name);
    }

    private void CheckProbabilities(FeatureRows rows, string name)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            float sum = 0;
            float smallest = 0;
            foreach (float value in rows.Row(row))
            {
                sum += value;
                smallest = Math.Min(smallest, value);
            }

            if (smallest < 0 || Math.Abs(sum - 1) > 1e-3)
            {
                throw new ArgumentException(
                    $"Row {row} of {name} has values that sum to {sum} in column '{InputColumn}', and the least is {smallest}, but the score '{_score.Name}' reads "
                    + "probabilities, which sum to 1. Take a classifier that gives them, such as ml.MetricLearning.SoftmaxClassifier, or another score.",
                    name);
            }
        }
    }

    private static void CheckSameClasses(FeatureRows known, FeatureRows calibration)
    {
        if (known.Width != calibration.Width)
        {
            throw new ArgumentException(
                $"The calibration has vectors of {calibration.Width} values, but the known of {known.Width}. Embed both with one model.", nameof(calibration));
        }

        LabelValue[] strangers = [.. calibration.Labels.Except(known.Labels)];
        if (strangers.Length > 0)
        {
            throw new ArgumentException(
                $"The calibration has rows of '{strangers[0]}', a class that the known have no row of. Leave them out, or fit on rows of that class too.",
                nameof(calibration));
        }

        if (calibration.Labels.Count == 1 && known.Labels.Count > 1)
        {
            throw new ArgumentException(
                $"All {calibration.Count} rows of the calibration are of '{calibration.Labels[0]}', but the known are of {known.Labels.Count} classes: "
                + "a threshold placed by one class says nothing of the others. Hold out rows of every class.",
                nameof(calibration));
        }
    }

    private PlacedThreshold Place(byte[] scorer, FeatureRows fitted, Sample held, FeatureRows? unknown, int outliers, Labelled labels)
    {
        float[] scores = _threshold.NeedsCalibration ? Score(scorer, held.Rows) : [];
        float[] unknownScores = unknown is null ? [] : Score(scorer, unknown);
        Array.Sort(unknownScores);
        if (scores.Length > 1 && Array.TrueForAll(scores, score => score == scores[0]))
        {
            throw new ArgumentException(
                $"All {scores.Length} rows of the calibration have the score {scores[0]}, so that no threshold can tell them from others. "
                + "Take another score, or look whether the network has collapsed.",
                "calibration");
        }

        float[] thresholds;
        if (_threshold.IsPerClass)
        {
            string[] names = labels.Names();
            ILookup<int, float> byClass = held.Predictions!.Zip(scores).ToLookup(row => row.First, row => row.Second);
            thresholds = [.. Enumerable.Range(0, labels.ClassCount).Select(label => _threshold.Place([.. byClass[label].Order()], unknownScores, $"rows predicted as {names[label]}"))];
        }
        else
        {
            float[] sorted = [.. scores.Order()];
            thresholds = [_threshold.Place(sorted, unknownScores, "known rows")];
        }

        var calibration = new RejectionCalibration(
            _score.Name,
            _threshold.IsPerClass ? $"{_threshold.Name}-per-class" : _threshold.Name,
            _threshold.Rate,
            [.. thresholds],
            _score.LearnsFromRows ? fitted.Count : 0,
            scores.Length,
            outliers);
        return _threshold is ConformalThreshold
            ? new PlacedThreshold(calibration, scores, held.Predictions)
            : new PlacedThreshold(calibration, null, null);
    }

    private float[] Score(byte[] scorer, FeatureRows rows)
    {
        var step = new OnnxStep(
            scorer,
            [new OnnxColumn(RejectionGraph.Input, RejectionGraph.Input, [rows.Width])],
            [new OnnxColumn(OnnxGraphBuilder.ProbedOutput, OnnxGraphBuilder.ProbedOutput, [1])]);
        using var session = new OnnxSession(step, _options.Scoring.MaxDegreeOfParallelism);
        var scores = new float[rows.Count];
        int batch = _options.Scoring.BatchSizeFor(rows.Width);
        for (int first = 0; first < rows.Count; first += batch)
        {
            _options.Scoring.CancellationToken.ThrowIfCancellationRequested();
            session.Run([rows.Values], [scores], first, Math.Min(batch, rows.Count - first));
        }

        return scores;
    }

    private TransformerChain<ITransformer> Chain(
        IDataView known, byte[] graph, int width, Labelled labels, ScalarReader scoreReader, ScalarReader? valueReader)
    {
        string prefix = _options.UnknownScoreColumnName;
        string vector = $"{prefix}.vector";
        string flag = $"{prefix}.flag";
        string winner = $"{prefix}.winner";
        string classes = $"{prefix}.class";
        string value = $"{prefix}.p";
        string label = $"{prefix}.label";
        var parts = new List<ITransformer>();
        var temporary = new List<string>();
        IDataView view = known;

        void Add(ITransformer part)
        {
            parts.Add(part);
            view = part.Transform(view);
        }

        void Copy(string to, string from) => Add(_ml.Transforms.CopyColumns(to, from).Fit(view));

        // The stock models add Score and PredictedLabel, whose names they keep to; what had these names comes back behind them.
        string[] shadowed = [.. new[] { StockScore, StockLabel }.Where(name => known.Schema.GetColumnOrNull(name) is not null)];
        foreach (string name in shadowed)
        {
            Copy($"{prefix}.{name}", name);
            temporary.Add($"{prefix}.{name}");
        }

        OnnxColumn[] inputs = [new OnnxColumn(InputColumn, RejectionGraph.Input, [width])];
        OnnxColumn[] outputs = [new OnnxColumn(vector, RejectionGraph.Score, [1]), new OnnxColumn(flag, RejectionGraph.Flag, [1])];
        if (labels.Column is { } predicted)
        {
            Copy(_options.ClosedSetLabelColumnName, predicted.Name);
            Add(_ml.Transforms.Conversion.MapKeyToVector(classes, predicted.Name).Fit(view));
            inputs = [.. inputs, new OnnxColumn(classes, RejectionGraph.Class, [labels.ClassCount])];
            outputs = [outputs[0], new OnnxColumn(winner, RejectionGraph.Winner, [labels.ClassCount]), outputs[1]];
            temporary.AddRange([classes, winner, label]);
        }

        if (valueReader is not null)
        {
            outputs = [.. outputs, new OnnxColumn(value, RejectionGraph.PValue, [1])];
            temporary.Add(value);
        }

        temporary.AddRange([vector, flag]);
        Add(new BatchedOnnxTransformer(_ml, new OnnxStep(graph, inputs, outputs), _options.Scoring));
        if (labels.Column is { } source)
        {
            Add(OneHotRows.LabelReader(_ml, winner, source.Name).Fit(new OneHotRows(_ml, winner, labels.ClassCount, source)));
            Copy(label, StockLabel);
        }

        Add(scoreReader.Transformer);
        Copy(_options.UnknownScoreColumnName, StockScore);
        if (valueReader is not null)
        {
            Add(valueReader.Transformer);
            Copy(_options.PValueColumnName, StockScore);
        }

        Add(FlagReader(flag).Fit(SignRow.View(_ml, flag)));
        Copy(_options.IsUnknownColumnName, StockLabel);
        foreach (string name in shadowed)
        {
            Copy(name, $"{prefix}.{name}");
        }

        if (labels.Column is { } replaced)
        {
            Copy(replaced.Name, label);
        }

        temporary.AddRange(new[] { StockScore, StockLabel }.Except(shadowed));
        Add(_ml.Transforms.DropColumns([.. temporary]).Fit(view));
        return new TransformerChain<ITransformer>([.. parts]);
    }

    private SdcaNonCalibratedBinaryTrainer FlagReader(string flag) =>
        _ml.BinaryClassification.Trainers.SdcaNonCalibrated(new SdcaNonCalibratedBinaryTrainer.Options
        {
            FeatureColumnName = flag,
            LabelColumnName = nameof(SignRow.IsPositive),
            NumberOfThreads = 1,
            Shuffle = false,
            L1Regularization = 0,
            L2Regularization = 0.1f,
            MaximumNumberOfIterations = 20,
        });

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
