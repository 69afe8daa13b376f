using Microsoft.ML;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Faces;

/// <summary>What the estimators of faces share.</summary>
internal static class FaceFit
{
    public static FaceTransformer Fit(FaceStep step, IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        step.Check(input.Schema);
        return new FaceTransformer(step);
    }

    public static SchemaShape Promise(MLContext ml, FaceStep step, SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        step.Check(inputSchema);
        return SchemaShapes.Append(ml, inputSchema, step.Outputs);
    }
}
