using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the boxes, scores and landmarks of the faces of a column of pictures.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input column</term><description>images (<see cref="MLImage"/>), or text: the paths of their files, which are turned upright</description></item>
/// <item><term>Output columns</term><description>vectors of <see cref="float"/> whose length differs from row to row: of n faces 4 n (x, y, width, height), n and
/// 10 n (x and y of five points), in pixels</description></item>
/// <item><term>Reads rows when fitted</term><description>no</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>no: save the chain that follows, and put this step before it again</description></item>
/// <item><term>Needs beside ML.NET</term><description>Microsoft.ML.OnnxRuntime's native library</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. Convert the steps after it alone</description></item>
/// <item><term>Dispose</term><description>the transformer, then the detector</description></item>
/// </list>
/// </remarks>
public sealed class FaceDetectionEstimator : IEstimator<FaceTransformer>
{
    private readonly MLContext _ml;
    private readonly Func<FaceStep> _step;

    internal FaceDetectionEstimator(MLContext ml, Func<FaceStep> step)
    {
        _ml = ml;
        _step = step;
    }

    /// <summary>Makes the transformer.</summary>
    /// <param name="input">Has the input columns; none of its rows is read.</param>
    /// <returns>The transformer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">An input column is missing, or holds something else than the step takes.</exception>
    public FaceTransformer Fit(IDataView input) => FaceFit.Fit(_step(), input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => FaceFit.Promise(_ml, _step(), inputSchema);
}
