using Microsoft.ML;
using Microsoft.ML.Data;

namespace Siamese.Pipelines.Faces;

/// <summary>Adds the chips that a face network takes: the first face of each picture, warped to a template.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input column</term><description>images (<see cref="MLImage"/>), or text: the paths of their files, which are turned upright</description></item>
/// <item><term>Landmarks column</term><description>vectors of <see cref="float"/>, of n faces 10 n; the first is aligned</description></item>
/// <item><term>Output column</term><description>images of the template's size; none where there is no face</description></item>
/// <item><term>Reads rows when fitted</term><description>no</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>no: save the chain that follows, and put this step before it again</description></item>
/// <item><term>Needs beside ML.NET</term><description>Microsoft.ML.OnnxRuntime's native library</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. Convert the steps after it alone</description></item>
/// <item><term>Dispose</term><description>the transformer, then the detector</description></item>
/// </list>
/// </remarks>
public sealed class FaceAlignmentEstimator : IEstimator<FaceTransformer>
{
    private readonly MLContext _ml;
    private readonly Func<FaceStep> _step;

    internal FaceAlignmentEstimator(MLContext ml, Func<FaceStep> step)
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
