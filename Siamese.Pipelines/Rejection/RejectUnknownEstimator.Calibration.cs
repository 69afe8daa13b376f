using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

public sealed partial class RejectUnknownEstimator
{
    private static int[] Order(int count, int seed)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new Random(seed).Shuffle(order);
        return order;
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
            [new OnnxColumn(OnnxGraphBuilder.ProbedOutput, OnnxGraphBuilder.ProbedOutput, [1])])
        {
            KeepsRowsApart = true,
        };
        using var session = new OnnxSession(step, _options.Scoring.MaxDegreeOfParallelism, typeof(RejectUnknownEstimator));
        var scores = new float[rows.Count];
        int batch = _options.Scoring.BatchSizeFor(rows.Width);
        for (int first = 0; first < rows.Count; first += Math.Min(batch, rows.Count - first))
        {
            _options.Scoring.CancellationToken.ThrowIfCancellationRequested();
            session.Run([rows.Values], [scores], first, Math.Min(batch, rows.Count - first));
        }

        return scores;
    }
}
