using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Onnx;

/// <summary>The shape of a view's schema, which ML.NET makes for its own estimators alone.</summary>
internal static class SchemaShapes
{
    /// <summary>Gives the shape of a view's schema.</summary>
    public static SchemaShape Of(IDataView view)
    {
        // A chain hands the shape of its input to its first estimator.
        var probe = new Probe();
        new EstimatorChain<ITransformer>().Append(probe).Fit(view);
        return probe.Shape!;
    }

    private sealed class Probe : IEstimator<ITransformer>
    {
        public SchemaShape? Shape { get; private set; }

        public SchemaShape GetOutputSchema(SchemaShape inputSchema) => Shape = inputSchema;

        public ITransformer Fit(IDataView input) => new TransformerChain<ITransformer>();
    }
}
