using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Images;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Embeddings;

/// <summary>Adds the embeddings of a column of image files, images or pixels. Fitting reads no rows: the network is fitted already.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input column</term><description>text: the paths of image files of any size, which are turned upright; images (<see cref="MLImage"/>) of any size;
/// or vectors of C × H × W <see cref="float"/> pixels of [0, 255], channel by channel in the network's color order</description></item>
/// <item><term>Output column</term><description>a vector of D <see cref="float"/>; with <see cref="EmbedImagesOptions.HiddenColumnName"/> another of H</description></item>
/// <item><term>Reads rows when fitted</term><description>no</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes, but see <see cref="SavedResize"/></description></item>
/// <item><term>Needs beside ML.NET</term><description>Microsoft.ML.OnnxRuntime's native library</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. The network is an ONNX file already: <see cref="EmbeddingModel.Save"/></description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// <para>
/// Prefer a column of paths to ML.NET's <c>LoadImages</c>: that ignores EXIF orientation, so that a photograph that a camera stored lying on its side gets
/// another embedding than <see cref="ImageEmbedder.Embed(string)"/>, the generators and the face steps give it; it decodes on one thread; and it
/// has none of the checks of <see cref="ImageFile"/>: a damaged or hostile file of a few bytes can take all memory or end the process.
/// </para>
/// </remarks>
public sealed class ImageEmbeddingEstimator : IEstimator<ImageEmbeddingTransformer>
{
    private readonly MLContext _ml;
    private readonly string _outputColumn;
    private readonly string _inputColumn;
    private readonly EmbeddingModel _model;
    private readonly EmbedImagesOptions _options;

    internal ImageEmbeddingEstimator(MLContext ml, string outputColumn, string inputColumn, EmbeddingModel model, EmbedImagesOptions options)
    {
        options.CheckColumns(outputColumn);
        _ml = ml;
        _outputColumn = outputColumn;
        _inputColumn = inputColumn;
        _model = model;
        _options = options;
    }

    /// <summary>Makes the transformer for the rows' type of image column.</summary>
    /// <param name="input">Has the input column; none of its rows is read.</param>
    /// <returns>The transformer, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">The input column is missing, or holds something else than the network takes.</exception>
    public ImageEmbeddingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ImageColumnKind kind = ImageColumnKinds.Of(input.Schema.GetColumnOrNull(_inputColumn)?.Type);
        var transformer = new ImageEmbeddingTransformer(_ml, _model, _outputColumn, _inputColumn, kind, _options);
        try
        {
            transformer.GetOutputSchema(input.Schema);
            return transformer;
        }
        catch
        {
            transformer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        VectorColumns.Append(_ml, Guard.NotNull(inputSchema, nameof(inputSchema)), _inputColumn, _options.OutputColumns(_outputColumn));
}
