using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>Writes the fitted rejection as an ONNX graph.</summary>
internal static class RejectionGraph
{
    public const string Input = "input";
    public const string Class = "class";
    public const string Score = "score";
    public const string Flag = "flag";
    public const string Winner = "winner";
    public const string PValue = "p_value";

    /// <summary>
    /// input (N, width), and class (N, C), the prediction's one-hot vector → score (N, 1); flag (N, 1): 1 for unknown, −1 for known; winner
    /// (N, C): the one-hot vector, NaN for unknown; p_value (N, 1).
    /// </summary>
    /// <param name="score">The score.</param>
    /// <param name="rows">What it is fitted on.</param>
    /// <param name="classCount">C, or 0 where there is no prediction.</param>
    /// <param name="place">Places the thresholds, given the graph of the score alone.</param>
    /// <param name="scoreReader">Reads the score off its vector.</param>
    /// <param name="valueReader">Reads the p-value off its vector, where there is one.</param>
    public static (byte[] Graph, RejectionCalibration Calibration) Write(
        UnknownScore score,
        ScoreRows rows,
        int classCount,
        Func<byte[], PlacedThreshold> place,
        ScalarReader scoreReader,
        ScalarReader? valueReader)
    {
        var graph = new OnnxGraphBuilder("reject-unknown");
        string input = graph.Input(Input, rows.Known.Width);
        string value = score.Write(graph, input, rows);
        PlacedThreshold placed = place(graph.ToArrayGiving(value));
        graph.Output(scoreReader.Write(graph, value, Score), Score, 1);

        string? classes = classCount > 0 ? graph.Input(Class, classCount) : null;
        string threshold = PerRow(graph, "threshold", placed.Calibration.Thresholds.AsSpan(), classes);

        // Not "greater than the threshold": a score that is NaN is unknown too, and so is a row without a prediction.
        string known = graph.Node("LessOrEqual", [value, threshold]);
        if (classes is not null)
        {
            string predictions = graph.Node("ReduceSum", [classes, graph.Initializer("classes_axis", [1L], 1)], OnnxAttribute.Int("keepdims", 1));
            known = graph.Node("And", [known, graph.Node("Greater", [predictions, graph.Initializer("half", [0.5f], 1)])]);
            graph.Output(graph.Node("Where", [known, classes, graph.Initializer("missing", [float.NaN], 1)]), Winner, classCount);
        }

        graph.Output(
            graph.Node("Where", [known, graph.Initializer("flag_known", [-1f], 1), graph.Initializer("flag_unknown", [1f], 1)]), Flag, 1);
        if (valueReader is not null)
        {
            graph.Output(valueReader.Write(graph, Conformal(graph, value, placed, classes), PValue), PValue, 1);
        }

        placed.Calibration.WriteTo(graph.Metadata);
        return (graph.ToArray(), placed.Calibration);
    }

    /// <summary>One constant for all rows, or that of each row's predicted class.</summary>
    private static string PerRow(OnnxGraphBuilder graph, string name, ReadOnlySpan<float> values, string? classes) =>
        values.Length == 1
            ? graph.Initializer(name, values, 1)
            : graph.Node("MatMul", [classes!, graph.Initializer(name, values, values.Length, 1)]);

    private static string Conformal(OnnxGraphBuilder graph, string value, PlacedThreshold placed, string? classes)
    {
        int count = placed.Scores!.Length;
        string scores = graph.Initializer("calibration", placed.Scores, 1, count);
        string counted = graph.Node("Cast", [graph.Node("GreaterOrEqual", [scores, value])], OnnxAttribute.Int("to", (long)OnnxElementType.Float32));
        float[] totals = [count];
        if (placed.Classes is not null)
        {
            int classCount = placed.Calibration.Thresholds.Length;
            var members = new float[classCount * count];
            totals = new float[classCount];
            for (int i = 0; i < count; i++)
            {
                members[(placed.Classes[i] * count) + i] = 1;
                totals[placed.Classes[i]]++;
            }

            counted = graph.Node("Mul", [counted, graph.Node("MatMul", [classes!, graph.Initializer("members", members, classCount, count)])]);
        }

        string axis = graph.Initializer("calibration_axis", [1L], 1);
        string higher = graph.Node("ReduceSum", [counted, axis], OnnxAttribute.Int("keepdims", 1));
        string one = graph.Initializer("self", [1f], 1);
        return graph.Node("Div", [graph.Node("Add", [higher, one]), graph.Node("Add", [PerRow(graph, "totals", totals, classes), one])]);
    }
}
