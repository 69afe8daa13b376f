using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Rejection;

/// <summary>Makes a scalar <see cref="float"/> of a vector of one.</summary>
/// <remarks>
/// A graph's outputs are vectors, and ML.NET's one public part that makes a scalar of a vector is a linear regression: w x + b. It is fitted
/// on two points, and the graph takes what w and b will do away before, so that nothing but rounding is left.
/// </remarks>
internal sealed class ScalarReader
{
    private readonly float _weight;
    private readonly float _bias;

    private ScalarReader(RegressionPredictionTransformer<LinearRegressionModelParameters> transformer)
    {
        Transformer = transformer;
        _weight = transformer.Model.Weights[0];
        _bias = transformer.Model.Bias;
    }

    /// <summary>Gets the stock step; it reads the vector's column and adds Score.</summary>
    public ITransformer Transformer { get; }

    /// <summary>Makes the reader of a column.</summary>
    public static ScalarReader Create(MLContext ml, string vectorColumn) =>
        new(ml.Regression.Trainers.Sdca(new SdcaRegressionTrainer.Options
        {
            FeatureColumnName = vectorColumn,
            LabelColumnName = nameof(SignRow.Value),
            NumberOfThreads = 1,
            Shuffle = false,
            L1Regularization = 0,
            L2Regularization = 0.1f,
            MaximumNumberOfIterations = 20,
        }).Fit(SignRow.View(ml, vectorColumn)));

    /// <summary>Writes what the reader will turn into a value.</summary>
    public string Write(OnnxGraphBuilder graph, string value, string name)
    {
        string offset = graph.Node("Sub", [value, graph.Initializer($"{name}.bias", [_bias], 1)]);
        return graph.Node("Div", [offset, graph.Initializer($"{name}.weight", [_weight], 1)]);
    }
}
