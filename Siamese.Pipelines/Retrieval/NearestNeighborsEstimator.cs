using Microsoft.ML;
using Microsoft.ML.Data;
using Siamese.Pipelines.Evaluation;
using Siamese.Pipelines.Onnx;

namespace Siamese.Pipelines.Retrieval;

/// <summary>Classifies rows by a vote of their nearest neighbors among the rows it was fitted on: exact, as an ONNX graph.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Characteristic</term><description>Value</description></listheader>
/// <item><term>Input columns</term><description>features: a vector of D <see cref="float"/>; label: a key of any integer type, only read when fitted</description></item>
/// <item><term>Output columns</term><description>Score: the share of the votes of each class, summing to 1; PredictedLabel: a key of
/// <see cref="uint"/> with the label's key values</description></item>
/// <item><term>Reads rows when fitted</term><description>yes, and keeps all of them in the graph: 4 D bytes a row in the saved file, and up to 20 D in
/// memory</description></item>
/// <item><term>Saves to a plain ML.NET model</term><description>yes</description></item>
/// <item><term>Exportable by <c>ml.Model.ConvertToOnnx</c></term><description>no, and ML.NET does not say so: its converter stops at this step without an
/// error, and writes a file that takes this step's output as an input. Save it as an ML.NET model</description></item>
/// <item><term>Dispose</term><description>the transformer</description></item>
/// </list>
/// <para>
/// Distances are compared in float64, as sums of squared differences: rows far from zero, very large or very small ones are ranked as exactly as
/// any. To score a row with NaN or an infinity among its features throws an <see cref="InvalidOperationException"/> that names the row; in a
/// plain ML.NET program, which loads the saved classifier, its label is the missing key, and its scores are NaN.
/// </para>
/// <para>Cover and Hart, Nearest Neighbor Pattern Classification, 1967.</para>
/// </remarks>
public sealed class NearestNeighborsEstimator : IEstimator<TransformerChain<ITransformer>>
{
    private const string ScoreColumn = "Score";
    private const string PredictedLabelColumn = "PredictedLabel";

    private readonly MLContext _ml;
    private readonly string _labelColumn;
    private readonly string _featureColumn;
    private readonly NearestNeighborsOptions _options;

    internal NearestNeighborsEstimator(MLContext ml, string labelColumn, string featureColumn, NearestNeighborsOptions options)
    {
        _ml = ml;
        _labelColumn = labelColumn;
        _featureColumn = featureColumn;
        _options = options;
    }

    private string WinnerColumn => $"{_featureColumn}.winner";

    private string HashColumn => $"{_featureColumn}.hash";

    /// <summary>Keeps the rows as references.</summary>
    /// <param name="input">Has the feature and label columns, and at least one row.</param>
    /// <returns>The classifier, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">
    /// A column is missing or of another type, there are no rows, a label is missing, or a feature is NaN or infinite.
    /// </exception>
    /// <exception cref="OperationCanceledException">The options' token was canceled.</exception>
    public TransformerChain<ITransformer> Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema.GetColumnOrNull(_labelColumn) is { } found && found.Type is not KeyDataViewType)
        {
            throw new ArgumentException(
                $"Column '{_labelColumn}' holds {found.Type}, but the classifier takes keys. Add ml.Transforms.Conversion.MapValueToKey before it.",
                nameof(input));
        }

        EmbeddingColumns rows = EmbeddingColumns.Read(input, _featureColumn, _labelColumn, _options.Scoring.CancellationToken);

        // ML.NET's trainers and evaluators know keys of uint alone, and so does what comes behind.
        IDataView keyed = _ml.Transforms.Conversion.ConvertType(PredictedLabelColumn, _labelColumn, DataKind.UInt32).Fit(input).Transform(input);
        DataViewSchema.Column label = keyed.Schema[PredictedLabelColumn];
        var codes = ClassCodes.Create(_ml, label);
        int[] classes = [.. keyed.GetColumn<uint>(label).Select(key => (int)key - 1)];
        byte[] graph = NearestNeighborsGraph.Write(rows.Embeddings, classes, rows.Dimension, codes.Codes, _options);
        var step = new OnnxStep(
            graph,
            [new OnnxColumn(_featureColumn, NearestNeighborsGraph.Features, [rows.Dimension])],
            [
                new OnnxColumn(ScoreColumn, NearestNeighborsGraph.Votes, [codes.Codes.Length]),
                new OnnxColumn(WinnerColumn, NearestNeighborsGraph.Winner, [1]),
            ])
        {
            KeepsRowsApart = true,
        };
        var scorer = new BatchedOnnxTransformer(_ml, step, _options.Scoring);
        IDataView view = scorer.Transform(input);
        ITransformer reader = codes.Reader(PredictedLabelColumn, WinnerColumn, HashColumn).Fit(view);
        ITransformer tidier = _ml.Transforms.DropColumns(WinnerColumn, HashColumn).Fit(reader.Transform(view));
        return new TransformerChain<ITransformer>(scorer, reader, tidier);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        _ml.Transforms.CopyColumns(PredictedLabelColumn, _labelColumn).GetOutputSchema(VectorColumns.Append(_ml, Guard.NotNull(inputSchema, nameof(inputSchema)), _featureColumn, [ScoreColumn]));
}
