using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>The free energy of a classifier's scores before the softmax, −T ln Σ exp(sᵢ / T): any number.</summary>
/// <remarks>
/// Softmax probabilities cannot tell it, since it is just what the softmax takes away. So a linear classifier is fitted on the features, the
/// same that <c>ml.MetricLearning.SoftmaxClassifier</c> fits; or a Score column of raw scores is read, which trainers without
/// calibration give, such as SdcaNonCalibrated. Liu et al., Energy-based Out-of-distribution Detection, 2020.
/// </remarks>
public sealed record EnergyScore : UnknownScore
{
    /// <summary>Gets T, which scales the scores.</summary>
    /// <value>The default is 1, as in the paper.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not greater than 0.</exception>
    public float Temperature { get; init => field = Guard.Above(value, 0f); } = 1;

    /// <summary>Gets whether the scores are those of the Score column, rather than of a linear classifier fitted on the features.</summary>
    public bool FromScores { get; init; }

    /// <inheritdoc/>
    public override string Name => FromScores ? "energy-of-scores" : "energy";

    internal override ScoreInput Input => FromScores ? ScoreInput.Scores : ScoreInput.Features;

    internal override bool LearnsFromRows => !FromScores;

    internal override bool NeedsLabels => !FromScores;

    internal override string Write(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        string scores = FromScores ? input : Classify(graph, input, rows);
        string scaled = graph.Node("Div", [scores, graph.Initializer("temperature", [Temperature], 1)]);
        string sum = graph.Node("ReduceLogSumExp", [scaled], OnnxAttribute.Ints("axes", 1), OnnxAttribute.Int("keepdims", 1));
        return graph.Node("Mul", [sum, graph.Initializer("minus_temperature", [-Temperature], 1)]);
    }

    private static string Classify(OnnxGraphBuilder graph, string input, ScoreRows rows)
    {
        FeatureRows known = rows.Known;

        // What a context draws depends on what it drew before; one of its own gives the same classifier every time.
        var ml = new MLContext(rows.Seed);
        var schema = SchemaDefinition.Create(typeof(LabelledFeatures));
        schema[nameof(LabelledFeatures.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, known.Width);
        schema[nameof(LabelledFeatures.Label)].ColumnType = new KeyDataViewType(typeof(uint), known.Labels.Count);
        IDataView view = ml.Data.LoadFromEnumerable(
            Enumerable.Range(0, known.Count).Select(row => new LabelledFeatures
            {
                Features = known.Row(row).ToArray(),

                // Rows in memory count keys from 0, and ML.NET adds the 1.
                Label = (uint)known.Classes[row],
            }),
            schema);
        MaximumEntropyModelParameters classifier = ml.MetricLearning.SoftmaxClassifier().Fit(view).Model;
        VBuffer<float>[]? weights = null;
        classifier.GetWeights(ref weights, out int classes);
        float[] flat = [.. weights.SelectMany(weight => weight.DenseValues())];
        string products = graph.Node(
            "Gemm", [input, graph.Initializer("weights", flat, classes, known.Width), graph.Initializer("biases", [.. classifier.GetBiases()], classes)],
            OnnxAttribute.Int("transB", 1));
        return products;
    }

    private sealed class LabelledFeatures
    {
        public float[] Features { get; set; } = [];

        public uint Label { get; set; }
    }
}
