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
    /// input (N, width), and class (N, 1), the prediction's key: 1 for the first class, 0 for none → score (N, 1): NaN where the input is not
    /// finite; flag (N, 1): 1 for unknown, −1 for known; winner (N, 1): the prediction's code, NaN for unknown; p_value (N, 1).
    /// </summary>
    /// <param name="score">The score.</param>
    /// <param name="rows">What it is fitted on.</param>
    /// <param name="codes">The codes of the classes; none where there is no prediction.</param>
    /// <param name="place">Places the thresholds, given the graph of the score alone.</param>
    /// <param name="scoreReader">Reads the score off its vector.</param>
    /// <param name="valueReader">Reads the p-value off its vector, where there is one.</param>
    public static (byte[] Graph, RejectionCalibration Calibration) Write(
        UnknownScore score,
        ScoreRows rows,
        ReadOnlySpan<float> codes,
        Func<byte[], PlacedThreshold> place,
        ScalarReader scoreReader,
        ScalarReader? valueReader)
    {
        var graph = new OnnxGraphBuilder("reject-unknown");
        string input = graph.Input(Input, rows.Known.Width);
        var finite = FiniteRows.Write(graph, input);
        string value = finite.OrNaN(graph, "scored", score.Write(graph, finite.Values, rows));
        PlacedThreshold placed = place(graph.ToArrayGiving(value));
        graph.Output(scoreReader.Write(graph, value, Score), Score, 1);

        string? classes = codes.IsEmpty ? null : graph.Input(Class, 1);
        string? index = classes is null ? null : Index(graph, classes);
        string threshold = PerRow(graph, "threshold", placed.Calibration.Thresholds.AsSpan(), index);

        // Not "greater than the threshold": a score that is NaN is unknown too, and so is a row without a prediction.
        string known = graph.Node("LessOrEqual", [value, threshold]);
        if (classes is not null)
        {
            known = graph.Node("And", [known, graph.Node("Greater", [classes, graph.Initializer("half", [0.5f], 1)])]);
            string code = PerRow(graph, "codes", codes, index);
            graph.Output(graph.Node("Where", [known, code, graph.Initializer("missing", [float.NaN], 1)]), Winner, 1);
        }

        graph.Output(
            graph.Node("Where", [known, graph.Initializer("flag_known", [-1f], 1), graph.Initializer("flag_unknown", [1f], 1)]), Flag, 1);
        if (valueReader is not null)
        {
            graph.Output(valueReader.Write(graph, Conformal(graph, value, placed, classes, index), PValue), PValue, 1);
        }

        placed.Calibration.WriteTo(graph.Metadata);
        return (graph.ToArray(), placed.Calibration);
    }

    /// <summary>One constant for all rows, or that of each row's predicted class.</summary>
    private static string PerRow(OnnxGraphBuilder graph, string name, ReadOnlySpan<float> values, string? index) =>
        values.Length == 1
            ? graph.Initializer(name, values, 1)
            : graph.Node("Gather", [graph.Initializer(name, values, values.Length), index!], OnnxAttribute.Int("axis", 0));

    /// <summary>The class from 0; that of a row without a prediction is 0 as well, and does not count.</summary>
    private static string Index(OnnxGraphBuilder graph, string classes)
    {
        string fromZero = graph.Node("Max", [graph.Node("Sub", [classes, graph.Initializer("first_key", [1f], 1)]), graph.Initializer("first_class", [0f], 1)]);
        return graph.Node("Cast", [fromZero], OnnxAttribute.Int("to", (long)OnnxElementType.Int64));
    }

    private static string Conformal(OnnxGraphBuilder graph, string value, PlacedThreshold placed, string? classes, string? index)
    {
        int count = placed.Scores!.Length;
        string scores = graph.Initializer("calibration", placed.Scores, 1, count);
        string counted = graph.Node("Cast", [graph.Node("GreaterOrEqual", [scores, value])], OnnxAttribute.Int("to", (long)OnnxElementType.Float32));
        float[] totals = [count];
        if (placed.Classes is not null)
        {
            totals = new float[placed.Calibration.Thresholds.Length];
            foreach (int label in placed.Classes)
            {
                totals[label]++;
            }

            float[] keys = Array.ConvertAll(placed.Classes, label => label + 1f);
            string same = graph.Node("Equal", [classes!, graph.Initializer("calibration_classes", keys, 1, count)]);
            counted = graph.Node("Mul", [counted, graph.Node("Cast", [same], OnnxAttribute.Int("to", (long)OnnxElementType.Float32))]);
        }

        string axis = graph.Initializer("calibration_axis", [1L], 1);
        string higher = graph.Node("ReduceSum", [counted, axis], OnnxAttribute.Int("keepdims", 1));
        string one = graph.Initializer("self", [1f], 1);
        return graph.Node("Div", [graph.Node("Add", [higher, one]), graph.Node("Add", [PerRow(graph, "totals", totals, index), one])]);
    }
}
