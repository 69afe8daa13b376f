using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;

namespace Siamese.Pipelines.Tests.Evaluation;

public sealed class RejectionEvaluatorDataViewTests
{
    private static readonly MLContext Ml = new(seed: 1);

    private static readonly RejectionEvaluationOptions Few = new() { BootstrapSamples = 20 };

    // The threshold rejects what is above 2; the third row is put in another class, the last one in its own before it is rejected.
    private static readonly Row[] Known =
    [
        new(1, false, "a", "a", "a"), new(2, false, "b", "b", "b"), new(0, false, "a", "b", "b"), new(3, true, "b", "", "b"),
    ];

    private static readonly Row[] Unknown =
    [
        new(2, false, "shoe", "a", "a"), new(4, true, "bag", "", "a"), new(9, true, "shoe", "", "b"),
    ];

    private static RejectionMetrics Expected => RejectionEvaluator.Evaluate(
        new float[] { 1, 2, 0, 3 },
        new float[] { 2, 4, 9 },
        [true, true, false, true],
        [false, false, false, true],
        [false, true, true],
        Few);

    private static RejectionMetrics ExpectedAfterRejection => RejectionEvaluator.Evaluate(
        new float[] { 1, 2, 0, 3 },
        new float[] { 2, 4, 9 },
        [true, true, false, false],
        [false, false, false, true],
        [false, true, true],
        Few);

    [Test]
    public void Evaluate_agrees_with_the_arrays_of_the_views()
    {
        RejectionMetrics metrics = Ml.MetricLearning.EvaluateRejection(View(Known), View(Unknown), options: Few);

        Assert.That(metrics, Is.EqualTo(Expected));
        Assert.That(metrics.Oscr, Is.EqualTo((1.5 + 3 + 3) / 12));
        Assert.That(metrics.ShareOfKnownKept, Is.EqualTo(0.75));
        Assert.That(metrics.ShareOfUnknownRejected, Is.EqualTo(2.0 / 3));
        Assert.That(metrics.AccuracyOfKept, Is.EqualTo(2.0 / 3));
    }

    [Test]
    public void Rows_rejected_count_as_wrong_where_there_are_no_closed_set_predictions()
    {
        IDataView known = Ml.Transforms.DropColumns("ClosedSetLabel").Fit(View(Known)).Transform(View(Known));

        RejectionMetrics metrics = Ml.MetricLearning.EvaluateRejection(known, View(Unknown), options: Few);

        Assert.That(metrics, Is.EqualTo(ExpectedAfterRejection));
        Assert.That(metrics.Oscr, Is.LessThan(Expected.Oscr!.Value));
    }

    [Test]
    public void A_named_column_of_closed_set_predictions_goes_before_the_usual_one()
    {
        RejectionMetrics metrics = RejectionEvaluator.Evaluate(
            View(Known), View(Unknown), closedSetPredictionColumnName: "PredictedLabel", options: Few);

        Assert.That(metrics, Is.EqualTo(ExpectedAfterRejection));
    }

    [Test]
    public void Keys_are_matched_by_value_and_a_missing_key_is_not_right()
    {
        // The two columns number their keys as they meet them; the empty text has no key.
        IDataView view = View(Known);
        IDataView predictions = Ml.Data.LoadFromEnumerable<PredictionRow>([new("b"), new("a")]);
        IDataView keyed = Ml.Transforms.Conversion.MapValueToKey("Label")
            .Append(Ml.Transforms.Conversion.MapValueToKey("PredictedLabel", keyData: predictions))
            .Append(Ml.Transforms.DropColumns("ClosedSetLabel"))
            .Fit(view)
            .Transform(view);

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(keyed, View(Unknown), options: Few);

        Assert.That(metrics, Is.EqualTo(ExpectedAfterRejection));
    }

    [Test]
    public void Numbers_of_two_types_are_matched_by_value_and_NaN_is_not_right()
    {
        IDataView known = Ml.Data.LoadFromEnumerable<NumberRow>([new(0, 3, 3), new(1, 4, float.NaN), new(2, 5, 7)]);

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, View(Unknown), isUnknownColumnName: null, options: Few);

        Assert.That(metrics.Oscr, Is.EqualTo(1.0 / 3));
    }

    [Test]
    public void Vectors_of_one_component_are_read_as_an_ONNX_step_writes_them()
    {
        IDataView known = Ml.Data.LoadFromEnumerable<VectorRow>([new([1], [0]), new([2], [0]), new([0], [0]), new([3], [1])]);
        IDataView unknown = Ml.Data.LoadFromEnumerable<VectorRow>([new([2], [0]), new([4], [0.5f]), new([9], [-1])]);

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, unknown, options: Few);

        Assert.That(known.Schema["UnknownScore"].Type.ToString(), Does.Contain("1, 1"));
        Assert.That(metrics, Is.EqualTo(RejectionEvaluator.Evaluate(
            new float[] { 1, 2, 0, 3 },
            new float[] { 2, 4, 9 },
            default,
            [false, false, false, true],
            [false, true, true],
            Few)));
    }

    [Test]
    public void Zeros_of_sparse_vectors_are_read_as_zeros()
    {
        VBuffer<float> zero = new(1, 0, [], []);
        IDataView known = Ml.Data.LoadFromEnumerable<SparseRow>([new(new VBuffer<float>(1, [-1f])), new(zero)]);

        RejectionMetrics metrics = RejectionEvaluator.Evaluate(known, View([new(0, false, "", "", "")]), isUnknownColumnName: null);

        Assert.That(metrics.Auroc, Is.EqualTo(0.75));
    }

    [Test]
    public void Figures_are_null_where_their_usual_columns_are_not_there()
    {
        IDataView known = Ml.Data.LoadFromEnumerable<ScoreRow>([new(1), new(2)]);
        IDataView unknown = Ml.Data.LoadFromEnumerable<ScoreRow>([new(3)]);

        RejectionMetrics metrics = Ml.MetricLearning.EvaluateRejection(known, unknown, options: Few);

        Assert.That(metrics, Is.EqualTo(RejectionEvaluator.Evaluate(new float[] { 1, 2 }, new float[] { 3 }, options: Few)));
    }

    [Test]
    public void Figures_are_null_where_their_columns_are_not_wanted()
    {
        RejectionMetrics metrics = RejectionEvaluator.Evaluate(
            View(Known), View(Unknown), isUnknownColumnName: null, labelColumnName: null, options: Few);

        Assert.That(
            new object?[] { metrics.Oscr, metrics.ShareOfKnownKept, metrics.ShareOfUnknownRejected, metrics.AccuracyOfKept }, Is.All.Null);
        Assert.That(metrics.Auroc, Is.EqualTo(Expected.Auroc));
    }

    [TestCase("Score", "IsUnknown", "Label", "PredictedLabel", null, "unknownScoreColumnName")]
    [TestCase("UnknownScore", "Rejected", "Label", "PredictedLabel", null, "isUnknownColumnName")]
    [TestCase("UnknownScore", "IsUnknown", "Class", "PredictedLabel", null, "labelColumnName")]
    [TestCase("UnknownScore", "IsUnknown", "Label", "Prediction", null, "predictedLabelColumnName")]
    [TestCase("UnknownScore", "IsUnknown", "Label", "PredictedLabel", "Nearest", "closedSetPredictionColumnName")]
    public void A_column_asked_for_that_is_not_there_is_refused_with_those_that_are(
        string score, string isUnknown, string label, string predicted, string? closedSet, string parameter)
    {
        IDataView known = Ml.Transforms.DropColumns("ClosedSetLabel").Fit(View(Known)).Transform(View(Known));

        Assert.That(
            () => RejectionEvaluator.Evaluate(known, View(Unknown), score, isUnknown, label, predicted, closedSet),
            Throws.ArgumentException.With.Property("ParamName").EqualTo(parameter)
                .And.Message.Contains("was not found; the rows have 'UnknownScore', 'IsUnknown', 'Label', 'PredictedLabel'"));
    }

    [Test]
    public void Rejections_in_one_view_alone_are_refused()
    {
        IDataView unknown = Ml.Data.LoadFromEnumerable<ScoreRow>([new(3)]);

        Assert.That(
            () => RejectionEvaluator.Evaluate(View(Known), unknown),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("isUnknownColumnName")
                .And.Message.Contains("Column 'IsUnknown' is in known, but not in unknown"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(unknown, View(Known)),
            Throws.ArgumentException.With.Message.Contains("Column 'IsUnknown' is in unknown, but not in known"));
    }

    [Test]
    public void Columns_of_other_types_are_refused_by_type()
    {
        Assert.That(
            () => RejectionEvaluator.Evaluate(View(Known), View(Unknown), unknownScoreColumnName: "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScoreColumnName")
                .And.Message.Contains("Column 'Label' of known is of type String, but an unknown score is one Single"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(View(Known), View(Unknown), isUnknownColumnName: "Label"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("isUnknownColumnName")
                .And.Message.Contains("one Boolean or Single"));
    }

    [Test]
    public void Text_against_numbers_is_refused_with_an_example_of_each() =>
        Assert.That(
            () => RejectionEvaluator.Evaluate(View(Known), View(Unknown), closedSetPredictionColumnName: "UnknownScore"),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("closedSetPredictionColumnName")
                .And.Message.Contains("'Label' are text, such as 'a'").And.Message.Contains("'UnknownScore' are numbers, such as '1'"));

    [Test]
    public void Broken_rows_are_refused_with_their_row_column_and_view()
    {
        Row[] scores = [.. Unknown, new(float.NaN, true, "bag", "", "")];
        Row[] labels = [.. Known, new(1, true, "", "", "")];
        IDataView flags = Ml.Data.LoadFromEnumerable<VectorRow>([new([1], [0]), new([2], [float.NaN])]);

        Assert.That(
            () => RejectionEvaluator.Evaluate(View(Known), View(scores)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknownScoreColumnName")
                .And.Message.Contains("Row 3 of unknown has NaN in column 'UnknownScore'"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(View(scores), View(Known)),
            Throws.ArgumentException.With.Message.Contains("Row 3 of known has NaN in column 'UnknownScore'"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(View(labels), View(Unknown)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("Row 4 of known has no label in column 'Label'"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(flags, View(Unknown)),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("isUnknownColumnName")
                .And.Message.Contains("Row 1 of known has NaN in column 'IsUnknown'"));
    }

    [Test]
    public void Views_without_rows_and_views_that_are_one_are_refused_by_name()
    {
        IDataView view = View(Known);

        Assert.That(
            () => RejectionEvaluator.Evaluate(view, View([])),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown").And.Message.Contains("The view unknown has no rows"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(View([]), view),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("known").And.Message.Contains("The view known has no rows"));
        Assert.That(
            () => Ml.MetricLearning.EvaluateRejection(view, view),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("unknown").And.Message.Contains("both are one view"));
        Assert.That(
            () => RejectionEvaluator.Evaluate(null!, view), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("known"));
    }

    [Test]
    public void ByLabel_agrees_with_the_arrays_of_the_views()
    {
        IDataView keyed = Ml.Transforms.Conversion.MapValueToKey("Label").Fit(View(Unknown)).Transform(View(Unknown));
        IDataView withoutFlags = Ml.Transforms.DropColumns("IsUnknown").Fit(keyed).Transform(keyed);

        IReadOnlyList<UnknownLabelMetrics> labels = RejectionEvaluator.ByLabel(View(Known), keyed);

        Assert.That(labels, Is.EqualTo(RejectionEvaluator.ByLabel(
            new float[] { 1, 2, 0, 3 }, new float[] { 2, 4, 9 }, ["shoe", "bag", "shoe"], [false, true, true])));
        Assert.That(labels[0].ShareRejected, Is.EqualTo(0.5));
        Assert.That(RejectionEvaluator.ByLabel(View(Known), withoutFlags).Select(label => label.ShareRejected), Is.All.Null);
    }

    [Test]
    public void ByLabel_says_where_keys_come_from_that_do_not_know_the_unknown()
    {
        ITransformer keys = Ml.Transforms.Conversion.MapValueToKey("Label").Fit(View(Known));

        Assert.That(
            () => RejectionEvaluator.ByLabel(keys.Transform(View(Known)), keys.Transform(View(Unknown))),
            Throws.ArgumentException.With.Property("ParamName").EqualTo("labelColumnName")
                .And.Message.Contains("Row 0 of unknown has no label in column 'Label'")
                .And.Message.Contains("name the column it was mapped from"));
    }

    [Test]
    public void A_cancelled_evaluation_reads_no_more() =>
        Assert.That(
            () => RejectionEvaluator.Evaluate(
                View(Known),
                View(Unknown),
                options: new() { BootstrapSamples = 0, CancellationToken = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());

    private static IDataView View(Row[] rows) => Ml.Data.LoadFromEnumerable(rows);

    private sealed class Row(float score, bool isUnknown, string label, string predicted, string closedSet)
    {
        public float UnknownScore { get; } = score;

        public bool IsUnknown { get; } = isUnknown;

        public string Label { get; } = label;

        public string PredictedLabel { get; } = predicted;

        public string ClosedSetLabel { get; } = closedSet;
    }

    private sealed class ScoreRow(float score)
    {
        public float UnknownScore { get; } = score;
    }

    private sealed class PredictionRow(string predicted)
    {
        public string PredictedLabel { get; } = predicted;
    }

    private sealed class NumberRow(float score, int label, float predicted)
    {
        public float UnknownScore { get; } = score;

        public int Label { get; } = label;

        public float PredictedLabel { get; } = predicted;
    }

    private sealed class VectorRow(float[] score, float[] isUnknown)
    {
        [VectorType(1, 1)]
        public float[] UnknownScore { get; } = score;

        [VectorType(1, 1)]
        public float[] IsUnknown { get; } = isUnknown;
    }

    private sealed class SparseRow(VBuffer<float> score)
    {
        [VectorType(1)]
        public VBuffer<float> UnknownScore { get; } = score;
    }
}
